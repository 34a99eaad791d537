/** src/ -> dist/: one file for the server, one for the launcher. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, version } from './setup.mjs'

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  define: { 'process.env.SLUICE_VERSION': JSON.stringify(version()) },
}

await build({
  ...shared,
  entryPoints: { main: 'src/main.ts', 'launcher-process': 'src/git/launcher/launcher-process.ts' },
  outdir: 'dist',
})
writeFileSync(join(root, 'dist', '.built'), '')
