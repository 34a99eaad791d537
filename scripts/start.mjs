/** `npm start`: sets up what is missing, then serves from this very process. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale, checkTools, installIfNeeded, root } from './setup.mjs'

checkTools()
installIfNeeded()
buildIfStale()
await import(pathToFileURL(join(root, 'dist', 'main.js')).href)
