// The htpasswd file: who may pull, and what their passwords come to under bcrypt.

export interface Htpasswd {
  /** What bcrypt made of each user's password. */
  readonly users: ReadonlyMap<string, string>;
  /** Of a password that nobody has, as costly as the costliest of the users'. */
  readonly nobody: string;
}

/** A check takes about a second then, in which a core does nothing else; each step doubles that. */
const MAX_COST = 14;

const bcrypt = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const remedy = 'htpasswd -B makes those that can';

/**
 * Reads all of it or nothing: a user who is passed over would find out at night.
 * @throws {Error} that names the line, and shows nothing of it
 */
export function parseHtpasswd(text: string): Htpasswd {
  const users = new Map<string, string>();
  let highest = 4;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wrong = (message: string): Error => new Error(`line ${index + 1}: ${message}`);
    const colon = line.indexOf(':');
    if (colon < 1) throw wrong('must be a user, a colon and what bcrypt made of the password');
    const user = line.slice(0, colon);
    const hashed = line.slice(colon + 1).trim();
    const cost = Number(bcrypt.exec(hashed)?.[1]);
    if (Number.isNaN(cost))
      throw wrong(`the password is not one of bcrypt ($2y$…) and cannot be used; ${remedy}`);
    if (cost < 4 || cost > MAX_COST)
      throw wrong(`the cost of bcrypt must be from 4 to ${MAX_COST}; ${remedy}`);
    if (users.has(user)) throw wrong('this user has a line already');
    users.set(user, hashed);
    highest = Math.max(highest, cost);
  }
  if (users.size === 0) throw new Error(`the file has no user in it, so nobody could pull; ${remedy}`);
  return { users, nobody: `$2b$${String(highest).padStart(2, '0')}$${'.'.repeat(53)}` };
}
