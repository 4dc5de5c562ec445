exports.run = async ({ log }) => {
  const { marked } = await import('marked')
  await log.info(marked.parse('# Title\n\n- a\n- *b*\n\n| x | y |\n|---|---|\n| 1 | 2 |\n'))
}
