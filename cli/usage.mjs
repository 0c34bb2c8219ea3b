/** The command line is wrong: its message goes with a hint at `--help`. */
export class UsageError extends Error {}
