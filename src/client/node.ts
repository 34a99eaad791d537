/** What the client library needs an operating system for. Node.js only; `sluice/client` runs anywhere. */
export { DiskStore, tokenFile, type DiskStoreOptions } from './disk/disk-store.ts'
