exports.run = async ({ processingConfig: { url }, axios, log }) => {
  const { parse, serialize } = await import('parse5')
  const document = parse((await axios.get(`${url}/page.html`)).data)
  await log.info(document.childNodes.map(({ nodeName }) => nodeName).join(), serialize(document).length)
}
