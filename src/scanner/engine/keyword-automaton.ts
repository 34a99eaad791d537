/** All keywords at once, in one pass over bytes: the automaton of Aho and Corasick (CACM 18(6), 1975). */

/** States are offsets of rows in the table; those that end a keyword come last. */
export interface KeywordAutomaton {
  /** Next state for `state + byte`. */
  readonly table: Int32Array
  /** A state from here on ends keywords. */
  readonly endsFrom: number
  /** Numbers of the keywords that end in the state `endsFrom + 256 * i`. */
  readonly ends: readonly (readonly number[])[]
}

const ROW = 256

/**
 * Letters match in either case. A NUL changes nothing, so that text of 16 bits a character is read as well.
 *
 * @param keywords lower case, ASCII
 */
export function keywordAutomaton(keywords: readonly string[]): KeywordAutomaton {
  const nodes = trieOf(keywords)
  const order = breadthFirst(nodes)
  const rows = rowNumbers(nodes)
  const table = new Int32Array(nodes.length * ROW)
  for (const node of order) fillRow(table, rows, node)
  const silent = nodes.filter((node) => node.ends.length === 0).length
  const ends: (readonly number[])[] = []
  for (const node of nodes) if (node.ends.length > 0) ends[rowOf(rows, node) - silent] = node.ends
  return { table, endsFrom: silent * ROW, ends }
}

interface Node {
  readonly number: number
  readonly next: Map<number, Node>
  /** Its own keyword, then those of the states that it falls back to. */
  ends: number[]
  fallback: Node | null
}

function trieOf(keywords: readonly string[]): Node[] {
  const nodes: Node[] = [newNode(0)]
  keywords.forEach((keyword, number) => {
    let node = nodes[0] as Node
    for (const byte of Buffer.from(keyword, 'latin1')) {
      let next = node.next.get(byte)
      if (next === undefined) {
        next = newNode(nodes.length)
        nodes.push(next)
        node.next.set(byte, next)
      }
      node = next
    }
    node.ends.push(number)
  })
  return nodes
}

function newNode(number: number): Node {
  return { number, next: new Map(), ends: [], fallback: null }
}

/** Nodes by depth, each with its fallback: the longest other suffix that some keyword begins with. */
function breadthFirst(nodes: readonly Node[]): Node[] {
  const order = [nodes[0] as Node]
  for (const node of order) {
    for (const [byte, child] of node.next) {
      child.fallback = node.fallback === null ? node : follow(node.fallback, byte)
      child.ends = [...child.ends, ...child.fallback.ends]
      order.push(child)
    }
  }
  return order
}

function follow(from: Node, byte: number): Node {
  let node = from
  for (;;) {
    const next = node.next.get(byte)
    if (next !== undefined) return next
    if (node.fallback === null) return node
    node = node.fallback
  }
}

/** Row of each node, by its number: 0 is the root's, and those with ends come last. */
function rowNumbers(nodes: readonly Node[]): Int32Array {
  const rows = new Int32Array(nodes.length)
  const inOrder = [...nodes.filter((n) => n.ends.length === 0), ...nodes.filter((n) => n.ends.length > 0)]
  inOrder.forEach((node, row) => (rows[node.number] = row))
  return rows
}

function rowOf(rows: Int32Array, node: Node): number {
  return rows[node.number] ?? 0
}

/** The row of a node is that of its fallback, but for its own children. */
function fillRow(table: Int32Array, rows: Int32Array, node: Node): void {
  const at = rowOf(rows, node) * ROW
  if (node.fallback !== null) {
    const like = rowOf(rows, node.fallback) * ROW
    table.copyWithin(at, like, like + ROW)
  }
  for (const [byte, child] of node.next) {
    const to = rowOf(rows, child) * ROW
    table[at + byte] = to
    if (byte >= 0x61 && byte <= 0x7a) table[at + byte - 0x20] = to
  }
  table[at] = at
}
