/** How far something has come, in one line. */
import { sizeText } from './size-text.ts'

export interface Done {
  /** Bytes. */
  readonly done: number
  readonly total: number
  readonly elapsedMs: number
}

const CELLS = 24
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']
/** Before that, nobody can tell how long it takes. */
const FIRST_GUESS_MS = 1_000

/** e.g. `██████▌      │ 27 %  1.2 GiB of 4.4 GiB  98 MiB/s  33 s left` */
export function progressBar({ done, total, elapsedMs }: Done): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const bytesPerSecond = (done / Math.max(1, elapsedMs)) * 1000
  const words = [
    `${bar(share)}│ ${String(Math.floor(share * 100)).padStart(3)} %`,
    `${sizeText(done)} of ${sizeText(total)}`,
    `${sizeText(bytesPerSecond)}/s`,
  ]
  if (elapsedMs >= FIRST_GUESS_MS && done > 0)
    words.push(`${durationText(Math.max(0, total - done) / bytesPerSecond)} left`)
  return words.join('  ')
}

function bar(share: number): string {
  const eighths = Math.round(share * CELLS * 8)
  const full = '█'.repeat(Math.floor(eighths / 8))
  return (full + (EIGHTHS[eighths % 8] ?? '')).padEnd(CELLS)
}

function durationText(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 100) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
