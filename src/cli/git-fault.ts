/** git, run between pipes, has failed. What that means to whoever called the command is said elsewhere. */

export class GitFault extends Error {
  override readonly name = 'GitFault'
  /** All that git wrote to stderr, the end of it if that was long. */
  readonly stderr: string

  constructor(stderr: string) {
    super(lastWord(stderr))
    this.stderr = stderr
  }
}

/** The line with which git gives up, without its `fatal:`. */
function lastWord(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  const fatal = lines.find((line) => line.startsWith('fatal: ')) ?? lines.at(-1) ?? 'git failed'
  return fatal.replace(/^(fatal|error): /, '')
}
