/**
 * A real browser for tests: the Chromium that `SLUICE_TEST_CHROMIUM` names. With
 * `SLUICE_TEST_REQUIRE_CHROMIUM=1` a missing one fails; only on a developer's machine it is a skipped test.
 */
import { chromium, type Browser } from 'playwright-core'
import { expect, test } from 'vitest'

/** Declares a test that needs a real browser. */
export function testWithChromium(name: string, run: (browser: Browser) => Promise<void>): void {
  const executablePath = process.env['SLUICE_TEST_CHROMIUM']
  if (executablePath === undefined) {
    if (process.env['SLUICE_TEST_REQUIRE_CHROMIUM'] !== '1') return test.skip(name)
    return test(name, () => expect.fail('SLUICE_TEST_CHROMIUM names no browser'))
  }
  test(name, async () => {
    // its sandbox does not work for root, as whom tests of CI run; it sees no page but ours
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    try {
      await run(browser)
    } finally {
      await browser.close()
    }
  })
}
