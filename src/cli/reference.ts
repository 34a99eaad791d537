/** docs/cli.md, from the tree of commands and the table of exit codes. A test fails while they differ. */
import type { Command } from 'commander'
import { EXITS } from './exit-codes.ts'

const WIDTH = 100

const INTRODUCTION = `# The \`sluice\` command

For people and scripts: repositories, pull requests, tokens and accounts of a server; for its operator, work on the data
directory. \`npm start\` or \`npm run build\` makes it as \`dist/sluice.js\`; \`npm link\` in the checkout puts it into \`PATH\` as
\`sluice\`, with git's helpers.

**Which server.** \`--server\`, else \`SLUICE_URL\`, else that of the latest login, else <http://127.0.0.1:3000>. A token goes
over https, or to this machine; anything else needs \`--allow-plaintext\`.

**As whom.** \`--token-file\`, else \`SLUICE_TOKEN\`, else the login of that server; an empty file and an empty \`SLUICE_TOKEN\`
are errors. git asks its [helper](how-to/sandboxed-agent.md), which goes by the same order. A token is never an argument:
others on the machine can read those. Logins lie in \`$XDG_CONFIG_HOME/sluice/logins\` (\`~/.config\` if that is not set), a
file of mode 0600 for each server, and are renewed by themselves.

**What is printed.** On a terminal tables and sentences; elsewhere lines whose fields are parted by tabs, without titles.
\`--json\` prints what the API answers, so its shape is that of the API document at \`/docs\`; where the API answers without a
body, nothing. Errors go to stderr, with the request id and what to do next; with \`--json\` as
\`{"error": {"code", "message", "details", "requestId", "hint", "exitCode"}}\`. Colours appear on terminals only, and not
where \`NO_COLOR\` is set.

**On a data directory.** \`token create --data-dir\`, \`keys rotate\`, \`backup\` and \`restore\` read the settings of the server
([config.md](config.md)) and work on its database, whether it runs or not. \`secrets rotate\` does so, too, and only while no server runs. Run them as
the user of the server.

## Exit codes

| code | meaning |
| ---- | ------- |
`

/** Generated; \`UPDATE_DOCS=1\` makes the test write it. */
export function renderReference(program: Command): string {
  const codes = Object.values(EXITS).map(({ code, about }) => `| ${code} | ${about} |\n`)
  const clone = '\n`sluice repo clone` ends as git does.\n\n## Commands\n'
  return [INTRODUCTION, ...codes, clone, ...leaves(program).map(section)].join('')
}

/** The commands that do something. */
function leaves(command: Command): readonly Command[] {
  const subs = command.commands.filter((sub) => sub.name() !== 'help')
  return subs.length === 0 ? [command] : subs.flatMap(leaves)
}

function section(command: Command): string {
  return `\n### ${pathOf(command)}\n\n${command.summary()}\n\n\`\`\`\n${helpOf(command)}\n\`\`\`\n`
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name()
}

/** As \`--help\` shows it, but for the options of every command. */
function helpOf(command: Command): string {
  let text = ''
  command.configureHelp({ showGlobalOptions: false, helpWidth: WIDTH })
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => WIDTH })
  command.outputHelp()
  return text.trim()
}
