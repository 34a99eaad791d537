/** How the methods of the client look: arguments and answers by the name of their operation. Types only. */
import type { Listing } from './listing.ts'
import type { Operations } from './operations.ts'

export type OperationName = keyof Operations

export interface CallOptions {
  /** Ends the call, its waits and the reading of its answer. */
  readonly signal?: AbortSignal
  /** Beside those of the client, e.g. `if-match`. */
  readonly headers?: Readonly<Record<string, string>>
}

export type ArgumentsOf<Name extends OperationName> = Operations[Name]['args']

/** A list is read page by page; bytes come as the `Response`, for whoever calls to read; all else is a value. */
export type AnswerOf<Name extends OperationName> = Operations[Name] extends { item: infer Item }
  ? Listing<Item>
  : Promise<Operations[Name]['answer']>

export type Method<Name extends OperationName> =
  Record<never, never> extends ArgumentsOf<Name>
    ? (args?: ArgumentsOf<Name>, options?: CallOptions) => AnswerOf<Name>
    : (args: ArgumentsOf<Name>, options?: CallOptions) => AnswerOf<Name>

/** Methods under names of their own. */
export type Group<Names extends Readonly<Record<string, OperationName>>> = {
  readonly [Key in keyof Names]: Method<Names[Key]>
}
