import fc from 'fast-check'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure'
import { verifySchnorr } from 'tiny-secp256k1'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyWorkerScript } from '../../../test/support/verify-worker.ts'
import { eventId, signedText, type NostrEvent } from '../event.ts'
import { isGenuine } from './genuine.ts'
import { openVerifier, type Verifier } from './verifier.ts'

let workerScript: string
let verifier: Verifier
const author = generateSecretKey()

beforeAll(async () => {
  workerScript = await verifyWorkerScript()
  verifier = openVerifier({ workerScript, workers: 1 })
})
afterAll(() => verifier[Symbol.asyncDispose]())

function signed(
  said: Partial<Pick<NostrEvent, 'content' | 'kind' | 'created_at'>> & { tags?: string[][] } = {},
) {
  const template = { kind: 1, created_at: 1_700_000_000, tags: [['d', 'x']], content: 'hello', ...said }
  const { id, pubkey, created_at, kind, tags, content, sig } = finalizeEvent(template, author)
  return { id, pubkey, created_at, kind, tags, content, sig }
}

test.each([
  ['plain', { content: 'hello' }],
  ['of escapes', { content: '"\\\n\r\t\b\f\u0001\u007f\u2028/' }],
  ['of many languages', { content: 'π — 日本語 🦤', tags: [['t', 'ünï'], ['e', ''], ['x']] }],
  ['empty', { content: '', tags: [] }],
  ['long', { content: 'x'.repeat(400_000) }],
])('a text that is %s, signed by another library, is genuine', async (_, said) => {
  const event = signed(said)
  expect(await verifier.verify(event)).toBe(event)
})

test('an event with any bit of any field flipped is not', async () => {
  const event = signed({
    content: 'some text',
    tags: [
      ['d', 'name'],
      ['clone', 'https://example.org'],
    ],
  })
  const places = ['id', 'pubkey', 'content', 'sig', 'created_at', 'kind', 'tag'] as const
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.nat(1_000), fc.nat(6), async (place, at, bit) => {
      const changed = structuredClone(event)
      if (place === 'created_at' || place === 'kind') changed[place] ^= 1 << bit
      else if (place === 'tag') changed.tags[1] = ['clone', flipped('https://example.org', at, bit)]
      else changed[place] = flipped(changed[place], at, bit)
      expect(await verifier.verify(changed)).toBeNull()
    }),
    { numRuns: 400 },
  )
})

function flipped(text: string, at: number, bit: number): string {
  const place = at % text.length
  const other = String.fromCharCode(text.charCodeAt(place) ^ (1 << bit))
  return text.slice(0, place) + other + text.slice(place + 1)
}

test('each of many at once gets its own answer', async () => {
  const events = Array.from({ length: 300 }, (_, at) => signed({ content: String(at) }))
  const asked = events.map((event, at) => (at % 3 === 0 ? { ...event, content: 'forged' } : event))
  const answers = await Promise.all(asked.map((event) => verifier.verify(event)))
  expect(answers).toEqual(asked.map((event, at) => (at % 3 === 0 ? null : event)))
})

test('more than may wait are refused, and the others are answered', async () => {
  await using small = openVerifier({ workerScript, workers: 1, maxWaiting: 3 })
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => small.verify(signed())))
  expect(answers.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'fulfilled'],
    ...['rejected', 'rejected'],
  ])
  expect(answers[4]).toMatchObject({ reason: { code: 'UNAVAILABLE' } })
})

test('without an event no thread is started', async () => {
  const idle = openVerifier({ workerScript: '/there/is/none.js', workers: 1 })
  await idle[Symbol.asyncDispose]()
  await expect(idle.verify(signed())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

describe('a thread that dies', () => {
  /** A worker that dies of its first message; `unless`: then it is the real one. */
  async function mortal(name: string, unless: string): Promise<string> {
    const path = join(dirname(workerScript), `${name}.mjs`)
    const source = `import { parentPort } from 'node:worker_threads'
      import { existsSync, writeFileSync } from 'node:fs'
      if (${unless}) await import(${JSON.stringify(workerScript)})
      else parentPort.once('message', () => process.exit(1))`
    await writeFile(path, source)
    return path
  }

  test('is replaced, and what it left is asked again', async () => {
    const flag = JSON.stringify(join(dirname(workerScript), 'died'))
    const script = await mortal('mortal', `existsSync(${flag}) || (writeFileSync(${flag}, ''), false)`)
    await using pool = openVerifier({ workerScript: script, workers: 1 })
    const event = signed()
    expect(await pool.verify(event)).toBe(event)
    await readFile(JSON.parse(flag) as string)
  })

  test('over the same events twice ends the asking, and nothing passes for genuine', async () => {
    await using pool = openVerifier({ workerScript: await mortal('doomed', 'false'), workers: 1 })
    await expect(pool.verify(signed())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

/** Those whose message is as long as a hash: public key, message, signature, verdict. @see BIP-340, test-vectors.csv */
const VECTORS: readonly (readonly [string, string, string, string, boolean])[] = [
  [
    '0',
    'F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA821525F66A4A85EA8B71E482A74F382D2CE5EBEEE8FDB2172F477DF4900D310536C0',
    true,
  ],
  [
    '1',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '6896BD60EEAE296DB48A229FF71DFE071BDE413E6D43F917DC8DCF8C78DE33418906D11AC976ABCCB20B091292BFF4EA897EFCB639EA871CFA95F6DE339E4B0A',
    true,
  ],
  [
    '2',
    'DD308AFEC5777E13121FA72B9CC1B7CC0139715309B086C960E18FD969774EB8',
    '7E2D58D8B3BCDF1ABADEC7829054F90DDA9805AAB56C77333024B9D0A508B75C',
    '5831AAEED7B44BB74E5EAB94BA9D4294C49BCF2A60728D8B4C200F50DD313C1BAB745879A5AD954A72C45A91C3A51D3C7ADEA98D82F8481E0E1E03674A6F3FB7',
    true,
  ],
  [
    '3: test fails if msg is reduced modulo p or n',
    '25D1DFF95105F5253C4022F628A996AD3A0D95FBF21D468A1B33F8C160D8F517',
    'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF',
    '7EB0509757E246F19449885651611CB965ECC1A187DD51B64FDA1EDC9637D5EC97582B9CB13DB3933705B32BA982AF5AF25FD78881EBB32771FC5922EFC66EA3',
    true,
  ],
  [
    '4',
    'D69C3509BB99E412E68B0FE8544E72837DFA30746D8BE2AA65975F29D22DC7B9',
    '4DF3C3F68FCC83B27E9D42C90431A72499F17875C81A599B566C9889B9696703',
    '00000000000000000000003B78CE563F89A0ED9414F5AA28AD0D96D6795F9C6376AFB1548AF603B3EB45C9F8207DEE1060CB71C04E80F593060B07D28308D7F4',
    true,
  ],
  [
    '5: public key not on the curve',
    'EEFDEA4CDB677750A420FEE807EACF21EB9898AE79B9768766E4FAA04A2D4A34',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E17776969E89B4C5564D00349106B8497785DD7D1D713A8AE82B32FA79D5F7FC407D39B',
    false,
  ],
  [
    '6: has_even_y(R) is false',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    'FFF97BD5755EEEA420453A14355235D382F6472F8568A18B2F057A14602975563CC27944640AC607CD107AE10923D9EF7A73C643E166BE5EBEAFA34B1AC553E2',
    false,
  ],
  [
    '7: negated message',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '1FA62E331EDBC21C394792D2AB1100A7B432B013DF3F6FF4F99FCB33E0E1515F28890B3EDB6E7189B630448B515CE4F8622A954CFE545735AAEA5134FCCDB2BD',
    false,
  ],
  [
    '8: negated s value',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E177769961764B3AA9B2FFCB6EF947B6887A226E8D7C93E00C5ED0C1834FF0D0C2E6DA6',
    false,
  ],
  [
    '9: sG - eP is infinite',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '0000000000000000000000000000000000000000000000000000000000000000123DDA8328AF9C23A94C1FEECFD123BA4FB73476F0D594DCB65C6425BD186051',
    false,
  ],
  [
    '10: sG - eP is infinite',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '00000000000000000000000000000000000000000000000000000000000000017615FBAF5AE28864013C099742DEADB4DBA87F11AC6754F93780D5A1837CF197',
    false,
  ],
  [
    '11: sig[0:32] is not an X coordinate on the curve',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '4A298DACAE57395A15D0795DDBFD1DCB564DA82B0F269BC70A74F8220429BA1D69E89B4C5564D00349106B8497785DD7D1D713A8AE82B32FA79D5F7FC407D39B',
    false,
  ],
  [
    '12: sig[0:32] is equal to field size',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F69E89B4C5564D00349106B8497785DD7D1D713A8AE82B32FA79D5F7FC407D39B',
    false,
  ],
  [
    '13: sig[32:64] is equal to curve order',
    'DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E177769FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141',
    false,
  ],
  [
    '14: public key is not a valid X coordinate because it exceeds the field size',
    'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC30',
    '243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89',
    '6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E17776969E89B4C5564D00349106B8497785DD7D1D713A8AE82B32FA79D5F7FC407D39B',
    false,
  ],
]

test.each(VECTORS)('vector %s of BIP-340', (_, pubkey, message, signature, verdict) => {
  const [m, p, s] = [message, pubkey, signature].map((hex) => Buffer.from(hex, 'hex')) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  const verified = () => {
    try {
      return verifySchnorr(m, p, s)
    } catch {
      return false
    }
  }
  expect(verified()).toBe(verdict)
})

test('a key that is no point of the curve has signed nothing', () => {
  const event = { ...signed(), pubkey: 'f'.repeat(64) }
  const claim = { text: signedText(event), id: eventId(event), pubkey: event.pubkey, sig: event.sig }
  expect(isGenuine(claim, verifySchnorr)).toBe(false)
})
