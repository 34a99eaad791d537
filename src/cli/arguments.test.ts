import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { id, repository, repositoryName } from './arguments.ts'

test.each(['../app', 'acme/..', './app', 'acme/.', '..', '.', 'acme/app/..', 'acme/..git/x', '-u/a b'])(
  '%s names nothing: no step of a path gets into an address-regression',
  (text) => {
    for (const parse of [repository, repositoryName, id])
      expect(() => parse(text)).toThrow(InvalidArgumentError)
  },
)

test('dots within a name are part of it', () => {
  expect(repositoryName('acme.io/..app.v2.git')).toEqual({ org: 'acme.io', repo: '..app.v2' })
})
