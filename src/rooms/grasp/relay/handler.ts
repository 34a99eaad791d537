/** Answers one type of message; what it throws as `RelayRefusal` is told to the client in the words of that type. */
import type { Client } from './client.ts'
import type { ClientMessage } from './parse-message.ts'

export type Handler = (client: Client, message: ClientMessage) => Promise<void> | void
