/**
 * `npm start`: sets up what is missing, then serves from this very process. Its flags keep memory flat: a young
 * generation of 1 MiB, and an old one that is collected when it has grown by a fifth. What streams leave behind
 * is old by then, and V8 alone would let it grow to twice the size first.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale, checkTools, installIfNeeded, root } from './setup.mjs'

checkTools()
installIfNeeded()
buildIfStale()
await import(pathToFileURL(join(root, 'dist', 'main.js')).href)
