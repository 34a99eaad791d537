/** git has said itself what went wrong; the command ends as git did. */

export class GitFailed extends Error {
  override readonly name = 'GitFailed'
  readonly exitCode: number

  constructor(exitCode: number) {
    super('git failed')
    this.exitCode = exitCode
  }
}
