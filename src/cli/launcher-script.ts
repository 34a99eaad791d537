/** The program that starts git for commands that need the server's own parts; built beside the command. */
import { fileURLToPath } from 'node:url'

export const LAUNCHER_SCRIPT = fileURLToPath(new URL('./launcher-process.js', import.meta.url))
