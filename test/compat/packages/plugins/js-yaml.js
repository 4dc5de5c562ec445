exports.run = async ({ log }) => {
  const yaml = require('js-yaml')
  const parsed = yaml.load('a: 1\nb: [x, y]\nc: |\n  text\n  more\nd: 2024-02-29\n')
  await log.info(yaml.dump({ b: parsed.b, c: parsed.c }), parsed)
  try {
    yaml.load('a: [')
  } catch (error) {
    await log.warning(error.name, error.reason)
  }
}
