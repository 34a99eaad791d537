/** The AURA network: what this server asks it, and what it posts to its feed. */
import type { Config } from '../config/config.ts'
import { AuraNetwork } from '../http/aura-network.ts'
import type { Clock } from '../kernel/ports.ts'

/** @returns `null`: no such network, or no token to show it */
export function openAuraNetwork({ auraNetworkUrl: url, secrets }: Config, clock: Clock): AuraNetwork | null {
  const token = secrets.internalToken?.reveal()
  return url === null || token === undefined ? null : new AuraNetwork({ url, token, clock })
}
