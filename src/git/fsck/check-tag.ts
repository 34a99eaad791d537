/** An annotated tag: the order of its header lines, id, type, name, who and when. @see git's fsck.c, fsck_tag */
import { isRefName, type ObjectFormat } from '../../kernel/ids.ts'
import { isObjectType } from '../objects/object-type.ts'
import { fault, UNUSUAL, type Check } from './check.ts'
import { readHeader } from './header.ts'
import { hexIdAt } from './hex-id.ts'
import { identProblem } from './ident.ts'

const OBJECT = 'object '
const TYPE = 'type '
const TAG = 'tag '
const TAGGER = 'tagger '

export function checkTag(content: Buffer, format: ObjectFormat): Check {
  const header = readHeader(content)
  if ('fault' in header) return fault(header.fault)
  const { text } = header
  if (!text.startsWith(OBJECT)) return fault('missingObject')
  const oid = hexIdAt(text, OBJECT.length, format)
  if (oid === 'bad') return fault('badObjectSha1')
  if (oid === 'upper') return UNUSUAL

  const typeLine = OBJECT.length + oid.length + 1
  if (!text.startsWith(TYPE, typeLine)) return fault('missingTypeEntry')
  const typeEnd = text.indexOf('\n', typeLine)
  const type = text.slice(typeLine + TYPE.length, typeEnd)
  if (!isObjectType(type)) return fault('badType')

  if (!text.startsWith(TAG, typeEnd + 1)) return fault('missingTagEntry')
  const nameEnd = text.indexOf('\n', typeEnd + 1)
  const name = Buffer.from(text.slice(typeEnd + 1 + TAG.length, nameEnd), 'latin1').toString()
  if (!isRefName(`refs/tags/${name}`)) return UNUSUAL // badTagName, of which git only warns

  if (!text.startsWith(TAGGER, nameEnd + 1)) return UNUSUAL // missingTaggerEntry, of which git only warns
  const end = text.indexOf('\n', nameEnd + 1)
  const problem = identProblem(text.slice(nameEnd + 1 + TAGGER.length, end))
  if (problem) return problem
  if (end + 1 < text.length) return UNUSUAL // extraHeaderEntry; the versions differ in what they read there
  return { kind: 'sound', references: [{ oid, type }] }
}
