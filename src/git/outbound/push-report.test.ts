import { expect, test } from 'vitest'
import { parsePushReport } from './push-report.ts'

const OID = 'a'.repeat(40)

test('every flag of git is understood, and what is no line about a ref is passed over', () => {
  const text = [
    'To https://example.org/a.git',
    `*\t${OID}:refs/heads/new\t[new branch]`,
    ` \t${OID}:refs/heads/ff\t1234567..89abcde`,
    `+\t${OID}:refs/heads/forced\t1234567...89abcde (forced update)`,
    '-\t:refs/heads/gone\t[deleted]',
    `=\t${OID}:refs/heads/same\t[up to date]`,
    `!\t${OID}:refs/heads/held\t[remote rejected] (protected branch hook declined)`,
    `!\t${OID}:refs/heads/lost\t[remote failure] (remote failed to report status)`,
    'Done',
    '',
  ].join('\n')
  const told = [...parsePushReport(text)].map(([ref, { kind }]) => [ref.slice('refs/heads/'.length), kind])
  expect(Object.fromEntries(told)).toEqual({
    new: 'moved',
    ff: 'moved',
    forced: 'moved',
    gone: 'moved',
    same: 'moved',
    held: 'refused',
    lost: 'unknown',
  })
})

test('the words of the remote are one short line of plain text', () => {
  const reason = `no\u001b[31m\u0007\u202e${'x'.repeat(500)}`
  const report = parsePushReport(`!\t${OID}:refs/heads/a\t[remote rejected] (${reason})`)
  const [refused] = [...report.values()]
  expect(refused).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^no \[31m x+$/) })
  expect(refused?.kind === 'refused' && refused.reason.length).toBe(200)
})

test('a secret in the words of the remote is not shown, nor the part of it before they are cut off-regression', () => {
  const secrets = ['hunter2hunter2', 'dTpodW50ZXIy']
  const reasonOf = (words: string) =>
    [...parsePushReport(`!\t${OID}:refs/heads/a\t[remote rejected] (${words})`, secrets).values()][0]
  const reason = 'the remote quotes the credential: its words are not shown'
  for (const words of [`${'x'.repeat(190)}hunter2hunter2`, 'got dTpodW50ZXIy'])
    expect(reasonOf(words)).toMatchObject({ kind: 'refused', reason })
  expect(reasonOf('hunter')).toMatchObject({ reason: 'hunter' })
})
