/**
 * What git may know of its surroundings: a scrubbed environment, settings that no file can change,
 * and resource limits. No text of a client is ever part of these.
 */

/**
 * @param home an empty directory: HOME, and the place where no hook is found
 * @see git(1), ENVIRONMENT VARIABLES
 */
export function scrubbedEnvironment(home: string, path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    // a pushed refs/replace/* must not change what the server sees
    GIT_NO_REPLACE_OBJECTS: '1',
    // no transport at all; who talks to other servers says so in `env`
    GIT_ALLOW_PROTOCOL: '',
    // glibc reserves 64 MiB of address space an arena, which would eat up a memory limit
    MALLOC_ARENA_MAX: '2',
  }
}

/** Settings given on every command line, so that they win over the repository's own. */
export function enforcedConfig(home: string): string[] {
  const settings = {
    'core.hooksPath': home,
    'safe.directory': '*',
    'pack.threads': '2',
    'pack.windowMemory': '64m',
    'pack.deltaCacheSize': '32m',
    'core.packedGitWindowSize': '16m',
    'core.packedGitLimit': '256m',
    'gc.auto': '0',
    'receive.autogc': 'false',
    'maintenance.auto': 'false',
  }
  return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
}

export interface ResourceLimits {
  /** Address space of each process of the group, in bytes. */
  readonly memoryBytes?: number
  /** CPU time of each process of the group. */
  readonly cpuSeconds?: number
  /** Size of each file that it writes, in bytes. */
  readonly fileBytes?: number
  /** Goes behind the others: up to 19. @see nice(1) */
  readonly niceness?: number
}

/**
 * Fixed text: the limits and the command are its arguments. A git that aborts leaves no core file: what makes it
 * abort can be pushed, and its directory is the repository.
 *
 * @see POSIX sh, ulimit
 */
const LIMIT_SCRIPT =
  'ulimit -c 0 && ulimit -v "$1" && ulimit -t "$2" && ulimit -f "$3" && shift 3 && exec "$@"'
const UNLIMITED = 'unlimited'

/** In which `ulimit -f` counts. */
const BLOCK_BYTES = 512

/** Puts a command behind limits that hold for it and all its children; fails closed. */
export function limited(command: readonly string[], limits: ResourceLimits): readonly string[] {
  const { niceness, ...rest } = limits
  return niceness === undefined
    ? capped(command, rest)
    : ['nice', '-n', String(niceness), ...capped(command, rest)]
}

function capped(command: readonly string[], limits: ResourceLimits): readonly string[] {
  const { memoryBytes, cpuSeconds, fileBytes } = limits
  if (memoryBytes === undefined && cpuSeconds === undefined && fileBytes === undefined) return command
  const kibibytes = memoryBytes === undefined ? UNLIMITED : String(Math.ceil(memoryBytes / 1024))
  const seconds = cpuSeconds === undefined ? UNLIMITED : String(Math.ceil(cpuSeconds))
  const blocks = fileBytes === undefined ? UNLIMITED : String(Math.ceil(fileBytes / BLOCK_BYTES))
  return ['sh', '-c', LIMIT_SCRIPT, 'sh', kibibytes, seconds, blocks, ...command]
}
