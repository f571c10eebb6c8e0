/** Rules that only this repository needs. Each is small enough to read in one look. */
import path from 'node:path';

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|golden|config|shared|d))*\.(ts|mjs)$/;

/** One idea, one file, one way to spell its name. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      kebab: "File '{{name}}' is not in kebab-case (words-like-this.ts, words-like-this.test.ts).",
    },
  },
  create(context) {
    return {
      Program(node) {
        const name = path.basename(context.filename);
        if (!kebabCase.test(name)) context.report({ node, messageId: 'kebab', data: { name } });
      },
    };
  },
};

/** A rule may be switched off, for a reason that the next reader can check. */
const explainedDisable = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { reason: 'Say why: `eslint-disable-next-line rule -- reason`.' },
  },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = comment.value.trim();
          if (/^eslint-disable/.test(text) && !/\s--\s+\S/.test(text)) {
            context.report({ loc: comment.loc, messageId: 'reason' });
          }
        }
      },
    };
  },
};

export const localRules = { rules: { 'file-name': fileName, 'explained-disable': explainedDisable } };
