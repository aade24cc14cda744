// Rules that find defects, none of style: promises that nobody waits for, switches that forget a case, and the calls
// that would make a run irreproducible. Each ban names the one file that is allowed to make the call.
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const WALL_CLOCK = 'Only harness/history/clock.ts reads clocks; histories are stamped by the monotonic one.';
const RANDOM = 'Only harness/plan draws, from the seed: what is drawn elsewhere cannot be repeated.';
const EXIT = 'Only the command line exits (harness/cli/exit.ts); set process.exitCode and let the event loop run dry.';

const bans = {
  clock: [
    { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: WALL_CLOCK },
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: WALL_CLOCK },
    { selector: "CallExpression[callee.object.name='performance'][callee.property.name='now']", message: WALL_CLOCK },
    { selector: "MemberExpression[object.name='process'][property.name='hrtime']", message: WALL_CLOCK },
  ],
  random: [{ selector: "MemberExpression[object.name='Math'][property.name='random']", message: RANDOM }],
  exit: [{ selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']", message: EXIT }],
};
const banned = (...kinds) => ['error', ...kinds.flatMap((kind) => bans[kind])];

export default defineConfig(
  globalIgnores(['dist/', 'results/', 'coverage/', '.build/', 'node_modules/']),
  {
    files: ['**/*.ts'],
    ignores: ['vitest*.config.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/restrict-plus-operands': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-base-to-string': 'error',
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: 'error',
      'no-async-promise-executor': 'error',
      'no-cond-assign': 'error',
      'no-constant-binary-expression': 'error',
      'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
      'no-dupe-else-if': 'error',
      'no-duplicate-case': 'error',
      'no-empty-character-class': 'error',
      'no-empty-pattern': 'error',
      'no-fallthrough': 'error',
      'no-loss-of-precision': 'error',
      'no-self-assign': 'error',
      'no-self-compare': 'error',
      'no-sparse-arrays': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable': 'error',
      'no-unreachable-loop': 'error',
      'no-unsafe-finally': 'error',
      'no-unused-private-class-members': 'error',
      'no-useless-backreference': 'error',
      'use-isnan': 'error',
      'valid-typeof': 'error',
      'no-restricted-syntax': banned('clock', 'random', 'exit'),
    },
  },
  { files: ['harness/history/clock.ts'], rules: { 'no-restricted-syntax': banned('random', 'exit') } },
  { files: ['harness/cli/exit.ts'], rules: { 'no-restricted-syntax': banned('clock', 'random') } },
  {
    // Tests measure and stage what the program itself may not, and read back JSON whose shape they are there to check.
    files: ['**/*.test.ts', 'test/**'],
    rules: {
      'no-restricted-syntax': banned('random'),
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
