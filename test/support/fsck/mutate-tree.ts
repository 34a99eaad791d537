/** Trees with other entries: names, modes, ids and order. */
import type { Dice } from '../dice.ts'
import { HOSTILE_NAMES, NAME_PIECES } from './hostile-names.ts'
import type { MutationParts } from './mutate-object.ts'
import { entriesOf, sorted, treeOf, type Entry } from './object-text.ts'

const GOOD_MODES = ['100644', '100755', '120000', '40000', '160000']
const MODES = [
  ...GOOD_MODES,
  '040000',
  '100664',
  '100600',
  '120777',
  '0',
  '',
  '1',
  '40755',
  '10644',
  '1000644',
]
const LONG = 'n'.repeat(4_093)

/** In half of the cases put back into git's order, so that it is not the order alone that is told. */
export function mutateTree(content: Buffer, parts: MutationParts): Buffer {
  const { format, dice } = parts
  const entries = entriesOf(content, format)
  const at = dice.below(entries.length)
  const entry = entries[at]
  const changed =
    entry === undefined || dice.below(6) === 0
      ? [...entries, newEntry(parts)]
      : entries.toSpliced(at, 1, ...instead(entry, parts))
  const tree = dice.below(2) === 0 ? sorted(changed) : changed
  return treeOf(tree.filter(({ oid }) => oid !== ''))
}

function instead(entry: Entry, parts: MutationParts): Entry[] {
  const { dice } = parts
  switch (dice.below(11)) {
    case 0:
      return []
    case 1:
      return [entry, entry]
    case 2:
      return [ofMode(entry, dice.pick(MODES), parts)]
    case 3:
      return [entry, ofMode(entry, dice.pick(GOOD_MODES), parts)]
    case 4:
      return [entry, { ...entry, name: `${entry.name}${dice.pick(['-', '.', '0', '\x01', '.a'])}` }]
    case 5:
      return [{ ...entry, oid: '0'.repeat(entry.oid.length) }]
    case 6:
      return [entry, readFile(parts)]
    case 7:
      return [{ ...entry, name: dice.pick(HOSTILE_NAMES).name }]
    default:
      return [{ ...entry, name: otherName(entry.name, dice) }]
  }
}

function newEntry(parts: MutationParts): Entry {
  const { dice } = parts
  const name = otherName(dice.pick(['', '', 'x', '.', LONG]), dice)
  return ofMode({ mode: '', name, oid: '' }, dice.pick(GOOD_MODES), parts)
}

/** With an object that fits it. */
function ofMode(entry: Entry, mode: string, { dice, known }: MutationParts): Entry {
  const type = mode.endsWith('40000') ? 'tree' : 'blob'
  const { oid } = dice.pick(known[type])
  return { mode, name: entry.name, oid }
}

/** In half of the cases under its name and as a file. */
function readFile({ dice, known }: MutationParts): Entry {
  const name = dice.pick(['.gitattributes', '.gitmodules'] as const)
  const { oid } = dice.pick(known[name])
  const isPlain = dice.below(2) === 0
  return { mode: isPlain ? '100644' : dice.pick(MODES), name: isPlain ? name : otherName(name, dice), oid }
}

function otherName(name: string, dice: Dice): string {
  const at = dice.below(name.length + 1)
  const [before, behind] = [name.slice(0, at), name.slice(at)]
  const pieces = Array.from({ length: 1 + dice.below(3) }, () => dice.pick(NAME_PIECES)).join('')
  switch (dice.below(4)) {
    case 0:
      return before + behind.slice(1)
    case 1:
      return dice.below(2) === 0 ? name.toUpperCase() : name.toLowerCase()
    case 2:
      return pieces
    default:
      return before + pieces + behind
  }
}
