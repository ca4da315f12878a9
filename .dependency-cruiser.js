// The layers of ARCHITECTURE.md, checked by `make check`: an arrow only ever points down, and each rule says why.

/** Tests, and what several of them share: suites that any store must pass, their samples, places and processes. */
const test = '(\\.test|-suite|/temporary-place|/store-samples|/turn-samples|/crash-writer)\\.ts$';

/** A layer of src and what of src it may import besides itself; `types` is what all above oci may know. */
const types = ['log/', 'config/(config|registry-auth|secret-file|size|version)\\.ts$'];
const layers = [
  { layer: 'oci', may: [], why: 'it is the vocabulary of all the others: pure, without I/O, of no opinion' },
  { layer: 'log', may: [], why: 'everything logs, so it can lean on nothing' },
  {
    layer: 'thread',
    may: [],
    why: 'it starts the programs of others, gives others their turn, and knows none of them',
  },
  { layer: 'config', may: ['oci/', 'log/'], why: 'a configuration is read before anything runs' },
  {
    layer: 'kubernetes',
    may: ['oci/'],
    why: 'where a resource names images is a fact of Kubernetes: pure, for who loads them and for who judges them',
  },
  {
    layer: 'pullrequest',
    may: ['oci/', ...types],
    why: 'engine parts know no other; only registry/ composes them',
  },
  {
    layer: 'memcache',
    may: ['oci/', ...types],
    why: 'engine parts know no other; only registry/ composes them',
  },
  {
    layer: 'serialize',
    may: ['oci/', 'thread/', ...types],
    why: 'engine parts know no other; only registry/ composes them',
  },
  {
    layer: 'upstream',
    may: ['oci/', 'thread/', ...types],
    why: 'engine parts know no other; only registry/ composes them',
  },
  {
    layer: 'registry',
    may: [
      'oci/',
      'pullrequest/',
      'memcache/',
      'serialize/',
      'upstream/',
      'thread/',
      'config/pem-file\\.ts$',
      ...types,
    ],
    why: 'the engine serves every way in (HTTP, load, import), so it knows none of them',
  },
  {
    layer: 'metrics',
    may: ['registry/registry\\.ts$', ...types],
    why: 'it reads what the engine says of itself, on demand; nothing below it knows that it is measured',
  },
  {
    layer: 'http',
    may: [
      'oci/',
      'pullrequest/',
      'registry/',
      'metrics/',
      'serialize/store\\.ts$',
      'thread/',
      'config/(certificate|mistake|open-files|pem-file|watch)\\.ts$',
      ...types,
    ],
    why: 'HTTP reaches disk, memory and upstreams through registry/ alone; store.ts has the type of what it is given; what configuration names (certificates, passwords) and what it is limited to it reads as config/ does',
  },
  {
    layer: 'transfer',
    may: ['oci/', 'kubernetes/', 'registry/', 'thread/', ...types],
    why: 'load, import and export are ways into the engine beside HTTP: neither needs the other',
  },
  {
    layer: 'admission',
    may: [
      'oci/',
      'kubernetes/',
      'pullrequest/',
      'thread/',
      'http/(listener|small-app|server-certificate)\\.ts$',
      'config/(mistake|watch)\\.ts$',
      ...types,
    ],
    why: 'it judges by rules and is told what is cached, in a thread of its own: the engine is not there',
  },
  {
    layer: 'admin',
    may: [
      'oci/',
      'registry/',
      'transfer/',
      'metrics/',
      'admission/(admission|verdict)\\.ts$',
      'http/(server|server-state|listener|small-app|metrics-app|known-error)\\.ts$',
      'config/mistake\\.ts$',
      ...types,
    ],
    why: 'it is the second way in over HTTP, to what transfer does too: so it stands above both, and HTTP knows no transfer',
  },
  {
    layer: 'mirror',
    may: ['oci/'],
    why: 'it writes the files of other programs, on machines where no server of ours need run',
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...layers.map(({ layer, may, why }) => ({
      name: `${layer}-looks-only-down`,
      comment: `src/${layer}/ imports of src only ${[`${layer}/`, ...may].join(' ')}: ${why}.`,
      severity: 'error',
      from: { path: `^src/${layer}/`, pathNot: test },
      to: { path: '^src/', pathNot: [layer + '/', ...may].map((allowed) => `^src/${allowed}`) },
    })),
    {
      name: 'every-folder-is-a-layer',
      comment: 'A folder of src that has no rule above has no place in the order yet: give it one.',
      severity: 'error',
      from: {
        path: '^src/[^/]+/',
        pathNot: [`^src/(commands|${layers.map(({ layer }) => layer).join('|')})/`, test],
      },
      to: {},
    },
    {
      name: 'nobody-imports-the-entry',
      comment: 'commands/ and main.ts are the top: what others need of them belongs further down.',
      severity: 'error',
      from: { path: '^(src|api|mock)/', pathNot: ['^src/commands/', '^src/main\\.ts$', test] },
      to: { path: '^src/(commands/|main\\.ts$)' },
    },
    {
      name: 'main-only-starts-commands',
      comment: 'main.ts is the edge to the process; everything it could do is a command.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^(src|api|mock)/', pathNot: '^src/commands/' },
    },
    {
      name: 'oci-needs-nothing',
      comment: 'oci/ is pure: it parses and compares with the language alone (and node:crypto for digests).',
      severity: 'error',
      from: { path: '^src/oci/', pathNot: test },
      to: { pathNot: ['^src/oci/', '^(node:)?crypto$'] },
    },
    {
      name: 'api-knows-only-oci',
      comment: 'The contract is shared by server, client and mock, so it can know only the vocabulary.',
      severity: 'error',
      from: { path: '^api/', pathNot: test },
      to: { path: '^(src|mock)/', pathNot: '^src/oci/' },
    },
    {
      name: 'contract-only-at-the-edges',
      comment:
        'http/, admin/ and admission/ answer the contract, upstream/ asks by it, and commands/ ask the admin API; the engine between them speaks oci.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(http|upstream|admin|admission|commands)/', test] },
      to: { path: '^api/' },
    },
    {
      name: 'mock-is-independent',
      comment: 'A fake upstream that shared the server’s code would share its mistakes: only api/ and oci/.',
      severity: 'error',
      from: { path: '^mock/', pathNot: test },
      to: { path: '^(src|test|bench|bin)/', pathNot: '^src/oci/' },
    },
    {
      name: 'no-mock-in-the-server',
      comment: 'What is shipped contains nothing that pretends.',
      severity: 'error',
      from: { path: '^(src|api)/', pathNot: test },
      to: { path: '^(mock|bench|bin)/' },
    },
    {
      name: 'no-test-is-imported',
      comment: 'A test is the end of every arrow: only another test may need what it has.',
      severity: 'error',
      from: { pathNot: [test, '^test/'] },
      to: { path: [test, '^test/'] },
    },
    {
      name: 'disk-only-where-it-is-kept',
      comment:
        'The guarantees of the disk hold because all of it passes through serialize/; config/ and transfer/ read and write what people name, mirror/ the files of other programs; the admin socket has no content.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(serialize|config|transfer|mirror)/', '^src/admin/admin-socket\\.ts$', test],
      },
      to: { path: '^(node:)?fs(/|$)' },
    },
    {
      name: 'sockets-only-in-upstream',
      comment:
        'Which address is dialled, with which credentials and trust, is decided in one place; http/, admin/ and admission/ only listen.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(upstream|http|admin|admission)/', test] },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram|dns)(/|$)' },
    },
    {
      name: 'clients-only-in-upstream',
      comment:
        'Nobody but upstream/ asks another server for anything; a command asks our own: that on this machine, or that which a node is led to.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/upstream/', '^src/commands/(admin-client|mirror-doctor)\\.ts$', test],
      },
      to: { path: ['(^|/)node_modules/(undici|openapi-fetch)/', '^api/client\\.ts$'] },
    },
    {
      name: 'files-are-passed-in',
      comment:
        'upstream/ reads no file by itself: registry/ passes in how, so that a test can pass in something else.',
      severity: 'error',
      from: { path: '^src/upstream/', pathNot: test },
      to: { path: '^src/config/(pem-file|secret-file)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'process-only-in-commands',
      comment:
        'A server is a value made from a Config, so that a test can run ten of them in one process. The run queue takes nextTick from there, which is the event loop’s.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(commands/|main\\.ts$|thread/run-queue\\.ts$)', test] },
      to: { path: '^(node:)?(process|cluster)$' },
    },
    {
      name: 'threads-only-for-what-takes-long',
      comment:
        'One process on one loop is easy to reason about; hashing large blobs is what one core is too little for, bcrypt would hold everybody up, and an API server that waits for admission must not wait for pulls.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/thread/start\\.ts$',
          '^src/serialize/hash-(thread|worker)\\.ts$',
          '^src/admission/admission-(thread|worker)\\.ts$',
          '^src/http/password-(thread|worker)\\.ts$',
          test,
        ],
      },
      to: { path: '^(node:)?worker_threads$' },
    },
    {
      name: 'programs-only-as-credential-helpers',
      comment:
        'Running a program is a risk that only docker’s credential helpers are worth, and the proof that a node’s own clients pull through here.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/(upstream/credential-helper|commands/mirror-doctor)\\.ts$', test],
      },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'native-only-in-libc',
      comment:
        'A wrong signature corrupts memory: what is called past Node is declared in one file, and has no other way in.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/http/libc\\.ts$', test] },
      to: { path: '^(node:)?ffi$' },
    },
    {
      name: 'no-cycle',
      comment: 'Two modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'ships-only-dependencies',
      comment: 'What src and api import at run time is a dependency, not a tool of the developers.',
      severity: 'error',
      from: { path: '^(src|api)/', pathNot: [test, '^api/generate\\.ts$'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'declared-and-found',
      comment:
        'An import that resolves by accident of how npm lays out node_modules breaks on the next install.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // It knows those of older Nodes.
    builtInModules: { add: ['ffi', 'node:ffi'] },
    // Type imports are arrows too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
