// The lint rules: typescript-eslint's strictest set, and what this project learned on its own.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/*.gen.ts', 'bin/server', 'bin/*.cjs', 'bin/*.mjs', 'node_modules', 'build', 'coverage'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Sizes, ports and counts stand in messages everywhere; a number in a template is no accident.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `void promise` marks work that runs on its own; its errors must be handled inside.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // An underscore says that a name is only there for its side effect, as in `await using _server`.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `Promise.withResolvers<void>()` is how a signal without a value is made.
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: 'error',
      // A file is one noun: past 400 lines it is two rooms.
      'max-lines': ['error', { max: 400 }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/commands/**', '**/*.test.ts'],
    rules: {
      // A server is a value made from a Config: only the entry and the commands touch the process.
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'only main.ts and commands/ may touch the process' },
        { name: 'console', message: 'log through the logger that was passed in' },
      ],
    },
  },
  {
    files: ['*.config.js', '*.config.ts', '.dependency-cruiser.js'],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: ['**/*.js'],
    ...tseslint.configs.disableTypeChecked,
  },
);
