/** Locks a data directory, says so, and stays. */
import { lockDataDirectory } from '../../../src/store/data-directory-lock.ts'

const [, , directory = ''] = process.argv
const lock = await lockDataDirectory(directory)
process.stdout.write('locked\n')
setInterval(() => void lock, 1_000)
