/**
 * Colours for code, loaded when there is some. It knows no grammar: comments, strings, numbers and the words that
 * a family of languages reserves are enough to read by. Joined together, the pieces are the text.
 */

export type CodeKind = 'plain' | 'comment' | 'string' | 'number' | 'keyword' | 'name' | 'added' | 'removed';

export interface CodePiece {
  readonly kind: CodeKind;
  readonly text: string;
}

interface Family {
  readonly languages: string;
  /** No pattern can fail once it has begun: that is what keeps the whole linear. */
  readonly comment: string;
  readonly string: string;
  readonly keywords: string;
}

const C_COMMENT = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const HASH_COMMENT = String.raw`#[^\n]*`;
const QUOTED = String.raw`"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?`;
const TEMPLATE = String.raw`\x60(?:[^\x60\\]|\\[\s\S])*\x60?`;
const TRIPLE = String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)`;

const FAMILIES: readonly Family[] = [
  {
    languages: 'js jsx ts tsx javascript typescript mjs svelte vue json json5 jsonc',
    comment: C_COMMENT,
    string: `${QUOTED}|${TEMPLATE}`,
    keywords:
      'as async await break case catch class const continue default delete do else enum export extends false finally for from function get if implements import in instanceof interface let new null of private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while yield',
  },
  {
    languages: 'rust rs',
    comment: C_COMMENT,
    string: String.raw`"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\\n]|\\.[^']{0,8})'`,
    keywords:
      'as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while Some None Ok Err',
  },
  {
    languages: 'c h cpp c++ cc hpp cs csharp java kotlin kt swift go golang dart scala php zig',
    comment: C_COMMENT,
    string: `${TRIPLE}|${QUOTED}|${TEMPLATE}`,
    keywords:
      'abstract auto bool boolean break byte case catch chan char class const constexpr continue data def default defer delete do double else enum export extends extern false final finally float for foreach fun func function go goto guard if implements import in inline int interface internal is let long map match mut namespace new nil null nullptr object override package private protected public range return select self short signed sizeof static string struct super switch template this throw throws true try type typedef typename union unsigned using val var virtual void volatile when where while yield',
  },
  {
    languages: 'py python rb ruby elixir ex r julia jl nim',
    comment: HASH_COMMENT,
    string: `${TRIPLE}|${QUOTED}`,
    keywords:
      'and as assert async await begin break case class continue def defmodule del do elif else elsif end ensure except False finally for from function global if import in is lambda let match module nil None nonlocal not or pass raise require rescue return self then True try unless until when while with yield true false',
  },
  {
    languages: 'sh bash zsh shell console fish dockerfile docker make makefile toml yaml yml ini conf nginx env',
    comment: String.raw`(?<![^\s])#[^\n]*`,
    string: String.raw`"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?`,
    keywords:
      'case cd curl do done echo elif else esac exit export fi for function if in local return set source sudo then until while true false null yes no on off FROM RUN COPY ADD CMD ENTRYPOINT ENV ARG WORKDIR EXPOSE USER',
  },
  {
    languages: 'sql sqlite postgres mysql lua haskell hs',
    comment: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
    string: String.raw`'(?:[^']|'')*'?|"(?:[^"\\\n]|\\.)*"?`,
    keywords:
      'add all alter and as asc begin between by case commit create default delete desc distinct do drop else end exists false for foreign from function group having if in index inner insert into is join key left like limit local nil not null offset on or order outer primary references return right rollback select set table then true union unique update values view when where while with',
  },
  {
    languages: 'html xml svg css scss less',
    comment: String.raw`<!--[\s\S]*?(?:-->|$)|\/\*[\s\S]*?(?:\*\/|$)`,
    string: QUOTED,
    keywords: 'important media supports keyframes import font-face',
  },
];

interface Rules {
  readonly tokens: RegExp;
  readonly keywords: ReadonlySet<string>;
  /** Whether case matters in its words. */
  readonly exact: boolean;
}

const known = new Map<string, Rules>();
for (const { languages, comment, string, keywords } of FAMILIES) {
  const parts = [`(?<comment>${comment})`, `(?<string>${string})`, String.raw`(?<number>\b\d[\w.]*)`];
  const word = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;
  const tokens = new RegExp([...parts, `(?<call>${word}(?=\\())`, `(?<word>${word})`].join('|'), 'gu');
  const rules = { tokens, keywords: new Set(keywords.split(' ')), exact: !languages.startsWith('sql') };
  for (const language of languages.split(' ')) known.set(language, rules);
}

/** Cuts code into pieces of one colour each. An unknown language is plain. */
export function coloured(code: string, language: string): CodePiece[] {
  if (language === 'diff' || language === 'patch') return differences(code);
  const rules = known.get(language);
  return rules ? tokens(code, rules) : [{ kind: 'plain', text: code }];
}

function tokens(code: string, { tokens, keywords, exact }: Rules): CodePiece[] {
  const pieces: CodePiece[] = [];
  let end = 0;
  for (const match of code.matchAll(tokens)) {
    const kind = kindOf(match.groups ?? {}, keywords, exact);
    if (kind === 'plain') continue;
    if (match.index > end) pieces.push({ kind: 'plain', text: code.slice(end, match.index) });
    pieces.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < code.length) pieces.push({ kind: 'plain', text: code.slice(end) });
  return pieces;
}

function kindOf(groups: Record<string, string | undefined>, keywords: ReadonlySet<string>, exact: boolean): CodeKind {
  if (groups.comment !== undefined) return 'comment';
  if (groups.string !== undefined) return 'string';
  if (groups.number !== undefined) return 'number';
  const word = groups.call ?? groups.word ?? '';
  if (keywords.has(exact ? word : word.toLowerCase())) return 'keyword';
  return groups.call === undefined ? 'plain' : 'name';
}

function differences(code: string): CodePiece[] {
  return code.split(/(?<=\n)/).map((line) => {
    const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : line.startsWith('@') ? 'comment' : 'plain';
    return { kind, text: line };
  });
}
