/**
 * Lists of bundles, as git reads them: the answer to the `bundle-uri` command of protocol v2, and the file behind
 * `git clone --bundle-uri`.
 *
 * @see gitprotocol-v2(5), bundle-uri; git's Documentation/technical/bundle-uri
 */
import { AppError } from '../../kernel/errors.ts'
import { FLUSH, pktLine } from './pkt-line.ts'

export interface OfferedBundle {
  /** Letters, digits and dashes; unlike those of the others. */
  readonly id: string
  /** Absolute, or relative to the URL by which git reached the repository. */
  readonly uri: string
  readonly creationToken: number
}

/** @throws AppError `MALFORMED_REQUEST`: it takes no argument, to git neither */
export function checkBundleUriArgs(args: readonly string[]): void {
  if (args.length === 0) return
  throw new AppError('MALFORMED_REQUEST', { details: { reason: 'bundle-uri takes no argument' } })
}

/** The whole answer, to its flush. */
export function writeBundleList(bundles: readonly OfferedBundle[]): Buffer {
  return Buffer.concat([...linesOf(bundles).map((line) => pktLine(line)), FLUSH])
}

/** As a file in the format of git-config(1). */
export function writeBundleConfig(bundles: readonly OfferedBundle[]): string {
  const sections = bundles.map(
    ({ id, uri, creationToken }) => `[bundle "${id}"]\n\turi = ${uri}\n\tcreationToken = ${creationToken}\n`,
  )
  return ['[bundle]\n\tversion = 1\n\tmode = all\n', ...sections].join('')
}

/**
 * Without `heuristic=creationToken`: by it git would look for newer bundles with each fetch, and take all of a
 * newer one for its last few commits.
 */
function linesOf(bundles: readonly OfferedBundle[]): string[] {
  const described = bundles.flatMap(({ id, uri, creationToken }) => [
    `bundle.${id}.uri=${uri}`,
    `bundle.${id}.creationToken=${creationToken}`,
  ])
  return ['bundle.version=1', 'bundle.mode=all', ...described]
}
