// The script: the rules of a mock, and which of them answers a request.
import type { Fault } from './fault.ts';
import { Rule } from './rule.ts';
import type { LoggedRequest, Match } from './request-log.ts';

export class Script {
  #rules: Rule[] = [];

  on(match: Match): Rule {
    const rule = new Rule(match);
    this.#rules.push(rule);
    return rule;
  }

  /**
   * One rule answers a request: the oldest that is limited (`once`, `times`, `nth`) and still has a turn, so that
   * a sequence reads from top to bottom; without one, the newest that is not.
   */
  take(request: LoggedRequest): Fault | undefined {
    const willing = this.#rules.filter((rule) => rule.wants(request));
    const rule = willing.find((each) => each.limited) ?? willing.at(-1);
    return rule?.use();
  }

  clear(): void {
    this.#rules = [];
  }
}
