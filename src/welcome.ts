/** What `npm start` prints once it serves. The only place where a token is ever written out. */

export interface Welcome {
  readonly url: string
  /** Only at the first start of a data directory. */
  readonly adminToken: string | null
  readonly warnings: readonly string[]
}

export function welcome({ url, adminToken, warnings }: Welcome): string {
  const lines = [
    ...warnings.map((warning) => `warning: ${warning}`),
    `sluice serves on ${url}  (docs: ${url}/docs)`,
  ]
  if (adminToken !== null) lines.push('', ...firstSteps(url, adminToken))
  return `${lines.join('\n')}\n`
}

/** The token travels in the environment: in no URL, no argument list and no file of the clone. */
const HELPER = `'!f() { echo username=token; echo "password=$SLUICE_TOKEN"; }; f'`

function firstSteps(url: string, token: string): string[] {
  const headers = `-H "Authorization: Bearer $SLUICE_TOKEN" -H 'Content-Type: application/json'`
  const create = `curl -sS ${url}/repos ${headers} -d '{"orgId":"demo","name":"hello"}'`
  return [
    'Admin token, shown only now; keep it safe:',
    token,
    '',
    'Make a repository, clone it, push to it:',
    `export SLUICE_TOKEN=${token}; ${create}`,
    `git clone -c credential.helper=${HELPER} ${url}/demo/hello.git && cd hello`,
    `git commit --allow-empty -m 'first commit' && git push origin HEAD`,
  ]
}
