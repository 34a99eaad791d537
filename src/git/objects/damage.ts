/** Tells a damaged object, which is an answer, from a disk or a process in trouble, which is not. */

/**
 * @returns `null` when `read` finds the object damaged, or gone meanwhile
 * @throws what the system says about anything else, such as too many open files
 */
export function orNullIfDamaged<T>(read: () => T): T | null {
  try {
    return read()
  } catch (err) {
    const { syscall, code } = err as NodeJS.ErrnoException
    if (syscall !== undefined && code !== 'ENOENT') throw err
    return null
  }
}
