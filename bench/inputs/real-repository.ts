/** A repository from outside, named by `BENCH_REPO`: copied, never changed. */
import { basename } from 'node:path'
import { git } from '../git.ts'

/** What a clone gets, and nothing else: other refs are not every server's to show. */
export async function cloneHeadsAndTags(source: string, directory: string): Promise<void> {
  await git(['clone', '-q', '--bare', '--no-local', source, directory])
  await git(['pack-refs', '--all'], { cwd: directory })
}

/** Its default branch alone, under the name that other inputs give theirs. */
export async function cloneAsMain(source: string, directory: string): Promise<void> {
  await git(['clone', '-q', '--bare', '--no-local', '--single-branch', '--no-tags', source, directory])
  await git(['branch', '-M', 'main'], { cwd: directory })
}

/** Changes when a ref does. */
export async function stateOf(repository: string): Promise<string> {
  const refs = await git(['for-each-ref', 'refs/heads', 'refs/tags'], { cwd: repository })
  const { stdout } = await git(['hash-object', '--stdin'], { input: refs.stdout })
  return stdout.slice(0, 12)
}

/** For the tables: no path of this machine. */
export async function describe(repository: string, realRepository: string | null): Promise<string> {
  const { stdout: commits } = await git(['rev-list', '--count', '--branches', '--tags'], { cwd: repository })
  const { stdout: counted } = await git(['count-objects', '-v'], { cwd: repository })
  const kib = Number(/^size-pack: (\d+)$/m.exec(counted)?.[1] ?? 0)
  const name = realRepository === null ? 'synthetic' : basename(realRepository, '.git')
  return `${name}: ${Number(commits).toLocaleString('en')} commits, ${Math.round(kib / 1024)} MiB packed`
}
