/** Completion for zsh. @see zshcompsys(1), zshcompwid(1) */
import type { CommandWords } from './command-words.ts'

export function zshCompletion(commands: readonly CommandWords[]): string {
  const paths = commands.slice(1).map(({ path }) => `'${path}'`)
  return `#compdef sluice
# sluice: completion for zsh. Use it: source <(sluice completion zsh)
_sluice() {
  local at=sluice word
  local -a subs opts
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${paths.join('|')}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${choiceLines(commands)}  esac
  case "$at" in
${wordLines(commands)}  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    compadd -- $opts
  elif (( \${#subs} )); then
    _describe 'command' subs
  else
    _files
  fi
}
compdef _sluice sluice
`
}

function choiceLines(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, choices }) =>
    choices.map(
      ({ option, values }) => `    ('${path} ${option}') compadd -- ${values.join(' ')}; return ;;\n`,
    ),
  )
  return lines.join('')
}

function wordLines(commands: readonly CommandWords[]): string {
  const lines = commands.map(({ path, subcommands, options }) => {
    const subs = subcommands.map(({ name, summary }) => `'${name}:${summary.replaceAll("'", "'\\''")}'`)
    return `    ('${path}') subs=(${subs.join(' ')}); opts=(${options.join(' ')}) ;;\n`
  })
  return lines.join('')
}
