/** Bundles: who may be given which, and how maintenance keeps them. What they are stands in git/bundles/. */
import type { Config } from '../config/config.ts'
import { BundleCounts } from '../git/bundles/bundle-counts.ts'
import { keepBundle, type BundleWish } from '../git/bundles/keep-bundle.ts'
import type { MaintenanceGit } from '../git/maintenance/caps.ts'
import { writeBundleList } from '../git/wire/bundle-uri.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RepoHandle, Repository } from '../kernel/repository.ts'
import { offered } from '../rooms/bundles/offered.ts'
import type { BundleRoutesParts } from '../rooms/bundles/routes.ts'
import { ADDRESS_FORMS } from '../rooms/transport/addresses.ts'
import type { Git } from './git.ts'

export interface OpenedBundles {
  readonly routes: BundleRoutesParts
  /** Answer to the `bundle-uri` command. */
  readonly listFor: (repo: Repository) => Promise<Buffer>
  /** Of maintenance. */
  readonly keep: (
    git: MaintenanceGit,
    repo: RepoHandle,
    wanted: { readonly wish: BundleWish; readonly sizeBytes: number },
    signal: AbortSignal,
  ) => Promise<void>
  readonly counts: BundleCounts
}

export interface BundlesSources {
  readonly git: Pick<Git, 'bundles' | 'snapshots' | 'slabs' | 'readers'>
  readonly clock: Clock
  readonly publicBaseUrl: string
}

export function openBundles(config: Config, { git, clock, publicBaseUrl }: BundlesSources): OpenedBundles {
  const { bundles, snapshots, slabs, readers } = git
  const counts = new BundleCounts()
  const minBytes = config.bundles?.minBytes ?? null
  return {
    routes: {
      bundles,
      counts,
      slabs,
      admitReader: (who, signal) => readers.enter(who, signal),
      publicBaseUrl,
      addressForms: ADDRESS_FORMS,
    },
    listFor: async (repo) => writeBundleList((await bundles.toOffer(repo)).map(offered)),
    keep: (caps, repo, wanted, signal) =>
      keepBundle({ git: caps, bundles, snapshots, counts, clock, minBytes }, repo, wanted, signal),
    counts,
  }
}
