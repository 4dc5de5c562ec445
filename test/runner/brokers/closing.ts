/** Called in a `describe`: answers a function that remembers what a test has opened; after each test it is closed, last first. */
export function closing (): <T extends { close(): Promise<unknown> }>(thing: T) => T {
  const opened: { close(): Promise<unknown> }[] = []
  afterEach(async () => {
    for (const thing of opened.splice(0).reverse()) await thing.close()
  })
  return (thing) => {
    opened.push(thing)
    return thing
  }
}
