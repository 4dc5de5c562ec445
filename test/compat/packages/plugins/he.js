exports.run = async ({ log }) => {
  const { decode, encode } = await import('he')
  await log.info(decode('&eacute;&amp;&#x1F600;'), encode('é<"', { useNamedReferences: true }))
}
