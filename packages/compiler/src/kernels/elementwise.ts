import type { Dtype } from '../graph/graph.js';
import { exp, expm1, sigmoid, tanh } from '../math/exp.js';
import { log, log1p, softplus } from '../math/log.js';
import { floorDivide, floorDivideWhole, modulo, moduloWhole } from '../math/division.js';
import { erf } from '../math/erf.js';
import { acosh, asinh, atanh, cosh, sinh } from '../math/hyperbolic.js';
import { acos, asin, atan, atan2 } from '../math/inverse-trigonometry.js';
import { power } from '../math/power.js';
import { sine, tangent } from '../math/trigonometry.js';
import { f32, f32x4, f64, i32, i32x4, v128, type Expr } from '../wasm/expr.js';
import { callExpr, type Local } from '../wasm/func.js';
import { hostIndex } from './host-math.js';
import type { LaneContext, LaneRule } from './lanes.js';

type V128 = Expr<'v128'>;
type Unary = (x: Local<'v128'>) => V128;
type Binary = (a: Local<'v128'>, b: Local<'v128'>) => V128;

const zero = f32x4.all(0);
const one = f32x4.all(1);

const all =
  (...dtypes: Dtype[]) =>
  (inputs: readonly Dtype[]): boolean =>
    inputs.every((dtype) => dtypes.includes(dtype) && dtype === inputs[0]);

const float = (emit: LaneRule['emit']): LaneRule => ({ emit });
const floatUnary = (of: Unary): LaneRule => ({ emit: (_, x) => of(x) });
const floatBinary = (of: Binary): LaneRule => ({ emit: (_, a, b) => of(a, b) });

/** One formula for float32, one for int32, both giving their own type. */
const numeric = (floats: Binary, ints: Binary): LaneRule => ({
  accepts: (inputs, output) => all('float32', 'int32')(inputs) && output === inputs[0],
  emit: ({ inputs }, a, b) => (inputs[0] === 'float32' ? floats : ints)(a, b),
});

const compare = (floats: Binary, ints: Binary): LaneRule => ({
  accepts: all('float32', 'int32'),
  emit: ({ inputs }, a, b) => (inputs[0] === 'float32' ? floats : ints)(a, b),
});

/** Also between bools, whose masks compare like whole numbers. */
const equality = (floats: Binary, ints: Binary): LaneRule => ({
  accepts: all('float32', 'int32', 'bool'),
  emit: ({ inputs }, a, b) => (inputs[0] === 'float32' ? floats : ints)(a, b),
});

const logical = (emit: LaneRule['emit']): LaneRule => ({ accepts: all('bool'), emit });
const test = (of: Unary): LaneRule => ({ accepts: all('float32'), emit: (_, x) => of(x) });

/** Calls the host for each lane. */
function host(name: string): LaneRule {
  return {
    accepts: (inputs, output) => all('float32', 'int32')(inputs) && output === inputs[0],
    emit: ({ f, inputs, hostMath }, a, b) => {
      const index = i32.const(hostIndex(name));
      const floats = inputs[0] === 'float32';
      const read = (x: V128, lane: number): Expr<'f64'> =>
        floats ? f64.promoteF32(f32x4.extract(lane, x)) : f64.convertI32(i32x4.extract(lane, x));
      const result = f.local('v128');
      for (let lane = 0; lane < 4; lane++) {
        const value = callExpr<'f64'>(
          hostMath,
          index,
          read(a, lane),
          b === undefined ? f64.const(0) : read(b, lane),
        );
        f.set(
          result,
          floats
            ? f32x4.replace(lane, result, f32.demoteF64(value))
            : i32x4.replace(lane, result, i32.truncSatF64(value)),
        );
      }
      return result;
    },
  };
}

/** Generated code where it is exact, the host elsewhere. */
const trigonometric = (name: 'Sin' | 'Cos'): LaneRule =>
  float((context, x) => sine(context.f, x, name === 'Sin' ? 0 : 1, () => host(name).emit(context, x)));

/** Generated code for float32, the host for int32. */
function hostOfWhole(
  name: string,
  of: (f: LaneContext['f'], a: Local<'v128'>, b: Local<'v128'>) => V128,
): LaneRule {
  const whole = host(name);
  return {
    ...whole,
    emit: (context, a, b) =>
      context.inputs[0] === 'float32' ? of(context.f, a, b) : whole.emit(context, a, b),
  };
}

const modulus: LaneRule = {
  accepts: (inputs, output) => all('float32', 'int32')(inputs) && output === inputs[0],
  emit: (context, a, b) =>
    context.inputs[0] === 'float32'
      ? modulo(context.f, a, b, () => host('Mod').emit(context, a, b))
      : moduloWhole(context.f, a, b),
};

function cast({ inputs: [from], output: to }: LaneContext, x: Local<'v128'>): V128 {
  if (from === to) return x;
  if (from === 'bool') return v128.and(x, to === 'float32' ? one : i32x4.all(1));
  if (to === 'bool') return from === 'float32' ? f32x4.ne(x, zero) : i32x4.ne(x, i32x4.all(0));
  return to === 'float32' ? f32x4.convertI32x4(x) : i32x4.truncSatF32x4(x);
}

const sign: Unary = (x) => f32x4.sub(v128.and(f32x4.gt(x, zero), one), v128.and(f32x4.lt(x, zero), one));

const step = ({ attrs }: LaneContext, x: Local<'v128'>): V128 => {
  const other = v128.bitselect(x, f32x4.all(Number(attrs.alpha ?? 0)), f32x4.ne(x, x));
  return v128.bitselect(one, other, f32x4.gt(x, zero));
};

const clip: LaneRule = {
  accepts: (inputs) => inputs[0] === 'float32',
  emit: ({ attrs }, x) =>
    f32x4.pmin(f32x4.pmax(x, f32x4.all(Number(attrs.clipValueMin))), f32x4.all(Number(attrs.clipValueMax))),
};

const SELU_ALPHA = 1.7580993408473768;
const SELU_SCALE = 1.0507009873554805;

/** Kernels of TensorFlow.js (and few of our own) that work element by element, with broadcasting. */
export const elementwiseRules: ReadonlyMap<string, LaneRule> = new Map<string, LaneRule>([
  ['Add', numeric(f32x4.add, i32x4.add)],
  ['Sub', numeric(f32x4.sub, i32x4.sub)],
  ['Multiply', numeric(f32x4.mul, i32x4.mul)],
  ['RealDiv', floatBinary(f32x4.div)],
  ['Maximum', numeric(f32x4.max, i32x4.max)],
  ['Minimum', numeric(f32x4.min, i32x4.min)],
  ['SquaredDifference', float(({ f }, a, b) => square(f.vector(f32x4.sub(a, b))))],
  ['Pow', hostOfWhole('Pow', power)],
  ['Atan2', float(({ f }, a, b) => atan2(f, a, b))],
  ['Mod', modulus],
  [
    'FloorDiv',
    {
      ...modulus,
      emit: ({ f, inputs }, a, b) => (inputs[0] === 'float32' ? floorDivide : floorDivideWhole)(f, a, b),
    },
  ],
  ['Equal', equality(f32x4.eq, i32x4.eq)],
  ['NotEqual', equality(f32x4.ne, i32x4.ne)],
  ['Less', compare(f32x4.lt, i32x4.lt)],
  ['LessEqual', compare(f32x4.le, i32x4.le)],
  ['Greater', compare(f32x4.gt, i32x4.gt)],
  ['GreaterEqual', compare(f32x4.ge, i32x4.ge)],
  ['LogicalAnd', logical((_, a, b) => v128.and(a, b))],
  ['LogicalOr', logical((_, a, b) => v128.or(a, b))],
  ['LogicalXor', logical((_, a, b) => v128.xor(a, b))],
  ['LogicalNot', logical((_, a) => v128.not(a))],
  ['BitwiseAnd', { accepts: all('int32'), emit: (_, a, b) => v128.and(a, b) }],
  [
    'Select',
    {
      accepts: ([condition, a, b]) => condition === 'bool' && a === b,
      emit: (_, condition, a, b) => v128.bitselect(a, b, condition),
    },
  ],
  ['Cast', { accepts: () => true, emit: cast }],
  [
    'Neg',
    {
      accepts: all('float32', 'int32'),
      emit: ({ inputs }, x) => (inputs[0] === 'float32' ? f32x4 : i32x4).neg(x),
    },
  ],
  [
    'Abs',
    {
      accepts: (inputs, output) => all('float32', 'int32')(inputs) && output === inputs[0],
      emit: ({ inputs }, x) => (inputs[0] === 'float32' ? f32x4 : i32x4).abs(x),
    },
  ],
  [
    'Square',
    {
      accepts: all('float32', 'int32'),
      emit: ({ inputs }, x) => (inputs[0] === 'float32' ? f32x4 : i32x4).mul(x, x),
    },
  ],
  ['Sqrt', floatUnary(f32x4.sqrt)],
  ['Rsqrt', floatUnary((x) => f32x4.div(one, f32x4.sqrt(x)))],
  ['Reciprocal', floatUnary((x) => f32x4.div(one, x))],
  ['Sign', floatUnary(sign)],
  ['Step', float(step)],
  ['Floor', floatUnary(f32x4.floor)],
  ['Ceil', floatUnary(f32x4.ceil)],
  ['Round', floatUnary(f32x4.nearest)],
  ['IsNan', test((x) => f32x4.ne(x, x))],
  ['IsInf', test((x) => f32x4.eq(f32x4.abs(x), f32x4.all(Infinity)))],
  ['IsFinite', test((x) => f32x4.lt(f32x4.abs(x), f32x4.all(Infinity)))],
  ['Exp', float(({ f }, x) => exp(f, x))],
  ['Expm1', float(({ f }, x) => expm1(f, x))],
  ['Log', float(({ f }, x) => log(f, x))],
  ['Log1p', float(({ f }, x) => log1p(f, x))],
  ['Sigmoid', float(({ f }, x) => sigmoid(f, x))],
  ['Tanh', float(({ f }, x) => tanh(f, x))],
  ['Softplus', float(({ f }, x) => softplus(f, x))],
  ['Sin', trigonometric('Sin')],
  ['Cos', trigonometric('Cos')],
  ['Tan', float((context, x) => tangent(context.f, x, () => host('Tan').emit(context, x)))],
  ...Object.entries({
    Asin: asin,
    Acos: acos,
    Atan: atan,
    Sinh: sinh,
    Cosh: cosh,
    Asinh: asinh,
    Acosh: acosh,
    Atanh: atanh,
    Erf: erf,
  }).map(([name, of]): [string, LaneRule] => [name, float(({ f }, x) => of(f, x))]),
  ['ClipByValue', clip],
  ['Relu', floatUnary((x) => f32x4.pmax(x, zero))],
  ['Relu6', floatUnary((x) => f32x4.pmin(f32x4.pmax(x, zero), f32x4.all(6)))],
  [
    'LeakyRelu',
    float(({ attrs }, x) =>
      v128.bitselect(f32x4.mul(x, f32x4.all(Number(attrs.alpha))), x, f32x4.lt(x, zero)),
    ),
  ],
  ['Prelu', floatBinary((x, alpha) => v128.bitselect(f32x4.mul(x, alpha), x, f32x4.lt(x, zero)))],
  ['Elu', float(({ f }, x) => v128.bitselect(x, expm1(f, f32x4.pmin(x, zero)), f32x4.ge(x, zero)))],
  [
    'EluGrad',
    floatBinary((dy, y) => v128.bitselect(dy, f32x4.mul(dy, f32x4.add(y, one)), f32x4.ge(y, zero))),
  ],
  [
    'Selu',
    float(({ f }, x) =>
      v128.bitselect(
        f32x4.mul(x, f32x4.all(SELU_SCALE)),
        f32x4.mul(expm1(f, f32x4.pmin(x, zero)), f32x4.all(SELU_ALPHA)),
        f32x4.ge(x, zero),
      ),
    ),
  ],
]);

function square(x: Local<'v128'>): V128 {
  return f32x4.mul(x, x);
}

/** Whether there is a rule for this kernel with these types. */
export function isElementwise(
  op: string,
  inputs: readonly Dtype[],
  output: Dtype,
  attrs: Readonly<Record<string, unknown>>,
): boolean {
  const rule = elementwiseRules.get(op);
  if (rule === undefined) return false;
  return rule.accepts === undefined
    ? output === 'float32' && inputs.every((dtype) => dtype === 'float32')
    : rule.accepts(inputs, output, attrs);
}
