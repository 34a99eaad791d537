/** Completion for bash. @see bash(1), Programmable Completion */
import type { CommandWords } from './command-words.ts'

export function bashCompletion(commands: readonly CommandWords[]): string {
  const paths = commands.slice(1).map(({ path }) => `'${path}'`)
  return `# sluice: completion for bash. Use it: eval "$(sluice completion bash)"
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at=sluice words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
      ${paths.join('|')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${choiceLines(commands)}  esac
  if [ -z "$words" ]; then
    case "$at" in
${wordLines(commands)}    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _sluice sluice
`
}

function choiceLines(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, choices }) =>
    choices.map(({ option, values }) => `    '${path} ${option}') words='${values.join(' ')}' ;;\n`),
  )
  return lines.join('')
}

function wordLines(commands: readonly CommandWords[]): string {
  const lines = commands.map(({ path, subcommands, options }) => {
    const words = [...subcommands.map(({ name }) => name), ...options]
    return `      '${path}') words='${words.join(' ')}' ;;\n`
  })
  return lines.join('')
}
