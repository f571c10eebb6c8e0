/**
 * The program that runs in the page, as text: it unpacks the scene that {@link packScene} made and shows it
 * with WebGL on a canvas, above a second canvas with the box and its labels. Whatever it needs and does not
 * find leaves the still picture in place. It is given the element of the figure and the description of the
 * scene.
 */
export const VIEWER_SCRIPT = String.raw`
(async (root, scene) => {
  const EYE = 4, HOME = scene.view, sides = scene.sides;
  const stage = root.querySelector('[data-stage]');
  const make = (tag) => {
    const el = document.createElement(tag);
    el.style.cssText = 'position:absolute;inset:0;width:100%;height:100%';
    return el;
  };
  const back = make('canvas'), front = make('canvas');
  const gl = front.getContext('webgl2', { alpha: true, antialias: true });
  const pen = back.getContext('2d');
  if (!gl || !pen || !self.DecompressionStream) return;

  // ---- unpack
  const packed = Uint8Array.from(atob(scene.data), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let at = 0;
  const numbers = (count, width, step, Type) => {
    const out = new Type(count);
    for (let i = 0; i < count; i++) {
      let value = 0;
      for (let b = 0; b < width; b++) value |= bytes[at + b * count + i] << (8 * b);
      out[i] = value + (i < step ? 0 : out[i - step]);
    }
    at += count * width;
    return out;
  };
  const buffer = (target, data) => {
    const b = gl.createBuffer();
    gl.bindBuffer(target, b);
    gl.bufferData(target, data, gl.STATIC_DRAW);
    return b;
  };
  const program = (vertex, fragment) => {
    const p = gl.createProgram();
    for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const s = gl.createShader(type);
      gl.shaderSource(s, '#version 300 es\nprecision highp float;\n' + text);
      gl.compileShader(s);
      gl.attachShader(p, s);
    }
    gl.bindAttribLocation(p, 0, 'place');
    gl.bindAttribLocation(p, 1, 'ink');
    gl.bindAttribLocation(p, 2, 'normal');
    gl.linkProgram(p);
    if (!gl.getProgramParameter(p, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(p));
    return p;
  };
  const head =
    'in vec3 place; in vec3 ink; in vec3 normal; out vec3 colour; out vec3 n;' +
    'uniform vec3 right, up, eye, sides; uniform vec2 zoom; uniform float nearer, size;' +
    'void main() { vec3 p = (place - 0.5) * sides; colour = ink; n = normal;' +
    'float d = ' + EYE + '.0 - dot(eye, p), c = d - nearer;' +
    'gl_Position = vec4(' + EYE + '.0 * zoom * vec2(dot(right, p), dot(up, p)), 0.0, d);' +
    'gl_Position.z = (c * 8.0 - 30.0) / 2.0 / c * d; gl_PointSize = size; }';
  const surfaceProgram = program(
    head,
    'in vec3 colour; in vec3 n; out vec4 o; uniform vec3 light; uniform float opacity;' +
    'void main() { vec3 m = normalize(gl_FrontFacing ? n : -n);' +
    'o = vec4(colour * (0.68 + 0.32 * max(0.0, dot(m, light))) * opacity, opacity); }',
  );
  const pointProgram = program(
    head,
    'in vec3 colour; in vec3 n; out vec4 o; uniform float opacity, size;' +
    'void main() { float r = length(gl_PointCoord - 0.5) * size;' +
    'float a = opacity * clamp(size / 2.0 - r + 0.5, 0.0, 1.0); if (a <= 0.0) discard;' +
    'o = vec4(colour * (r > size / 2.0 - 1.0 ? 0.7 : 1.0) * a, a); }',
  );
  const things = scene.objects.map((o) => {
    const places = numbers(3 * o.count, 2, 3, Uint16Array);
    const inks = bytes.slice(at, (at += 3 * o.count));
    const vao = gl.createVertexArray();
    gl.bindVertexArray(vao);
    const attribute = (slot, data, type, normalized) => {
      buffer(gl.ARRAY_BUFFER, data);
      gl.enableVertexAttribArray(slot);
      gl.vertexAttribPointer(slot, 3, type, normalized, 0, 0);
    };
    attribute(0, places, gl.UNSIGNED_SHORT, true);
    attribute(1, inks, gl.UNSIGNED_BYTE, true);
    if (o.kind === 'surface') {
      const index = numbers(o.corners, 4, 1, Uint32Array);
      // Vertices that differ in colour only share their normal, so shading stays smooth across flat colours.
      const sums = new Map(), normals = new Float32Array(3 * o.count);
      const key = (v) => (places[3 * v] * 65536 + places[3 * v + 1]) * 65536 + places[3 * v + 2];
      const sum = (v) => sums.get(key(v)) || sums.set(key(v), [0, 0, 0]).get(key(v));
      const p = (v, k) => (places[3 * v + k] / 65535) * sides[k];
      for (let t = 0; t < index.length; t += 3) {
        const [a, b, c] = index.subarray(t, t + 3);
        const u = [0, 1, 2].map((k) => p(b, k) - p(a, k)), w = [0, 1, 2].map((k) => p(c, k) - p(a, k));
        for (const v of [a, b, c]) {
          const s = sum(v);
          for (let k = 0; k < 3; k++) {
            const [i, j] = [(k + 1) % 3, (k + 2) % 3];
            s[k] += u[i] * w[j] - u[j] * w[i];
          }
        }
      }
      for (let v = 0; v < o.count; v++) {
        const s = sum(v), l = Math.hypot(...s) || 1;
        for (let k = 0; k < 3; k++) normals[3 * v + k] = s[k] / l;
      }
      attribute(2, normals, gl.FLOAT, false);
      buffer(gl.ELEMENT_ARRAY_BUFFER, index);
    }
    gl.bindVertexArray(null);
    return { ...o, vao };
  });
  // Opaque surfaces, then points, then translucent surfaces.
  const rank = (o) => (o.kind === 'points' ? 1 : o.opacity < 1 ? 2 : 0);
  things.sort((a, b) => rank(a) - rank(b));

  // ---- camera
  let elevation, azimuth, zoom;
  const home = () => { elevation = HOME.elevation; azimuth = HOME.azimuth; zoom = 1; };
  home();
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  const toward = (e, a) => {
    e *= Math.PI / 180; a *= Math.PI / 180;
    return [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  };
  const draw = () => {
    const ratio = self.devicePixelRatio || 1;
    const w = stage.clientWidth, h = stage.clientHeight;
    for (const c of [front, back]) {
      if (c.width !== Math.round(w * ratio) || c.height !== Math.round(h * ratio)) {
        c.width = Math.round(w * ratio);
        c.height = Math.round(h * ratio);
      }
    }
    const eye = toward(elevation, azimuth), right = toward(0, azimuth + 90), up = toward(elevation + 90, azimuth);
    const scale = (Math.min(w, h * 1.1) / 1.13 / Math.hypot(...sides)) * zoom;
    const project = (p) => {
      const f = (scale * EYE) / (EYE - dot(eye, p));
      return [w / 2 + f * dot(right, p), h / 2 - f * dot(up, p)];
    };
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, w, h);
    if (scene.axes) box(eye, project);
    gl.viewport(0, 0, front.width, front.height);
    gl.clearColor(0, 0, 0, 0);
    gl.depthMask(true);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const raw = [0, 1, 2].map((k) => -0.45 * right[k] + 0.55 * up[k] + 0.8 * eye[k]);
    const light = raw.map((v) => v / Math.hypot(...raw));
    for (const o of things) {
      const p = o.kind === 'surface' ? surfaceProgram : pointProgram;
      gl.useProgram(p);
      const set = (name, kind, ...values) => gl['uniform' + kind](gl.getUniformLocation(p, name), ...values);
      set('right', '3fv', right); set('up', '3fv', up); set('eye', '3fv', eye); set('sides', '3fv', sides);
      set('light', '3fv', light); set('opacity', '1f', o.opacity);
      set('zoom', '2f', (2 * scale) / w, (2 * scale) / h);
      set('nearer', '1f', o.kind === 'points' ? 0.012 : 0);
      set('size', '1f', o.size * ratio);
      o.showHidden ? gl.disable(gl.DEPTH_TEST) : gl.enable(gl.DEPTH_TEST);
      gl.depthMask(rank(o) === 0);
      gl.bindVertexArray(o.vao);
      if (o.kind === 'surface') gl.drawElements(gl.TRIANGLES, o.corners, gl.UNSIGNED_INT, 0);
      else gl.drawArrays(gl.POINTS, 0, o.count);
    }
    gl.bindVertexArray(null);
  };

  // ---- box: three far walls with grid lines, ticks along the outline
  const box = (eye, project) => {
    const far = eye.map((c) => (c > 0 ? -1 : 1));
    const line = (a, b, colour, width) => {
      pen.strokeStyle = colour; pen.lineWidth = width;
      pen.beginPath(); pen.moveTo(...project(a)); pen.lineTo(...project(b)); pen.stroke();
    };
    for (let axis = 0; axis < 3; axis++) {
      const u = (axis + 1) % 3, v = (axis + 2) % 3;
      const corner = (su, sv) => {
        const p = [0, 0, 0];
        p[axis] = (far[axis] * sides[axis]) / 2; p[u] = (su * sides[u]) / 2; p[v] = (sv * sides[v]) / 2;
        return p;
      };
      pen.fillStyle = ['#f4f5f7', '#eef0f3', '#f8f9fa'][axis];
      pen.beginPath();
      for (const c of [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)]) pen.lineTo(...project(c));
      pen.closePath(); pen.fill();
      pen.strokeStyle = '#d5d9de'; pen.lineWidth = 1; pen.stroke();
      for (const [along, across] of [[u, v], [v, u]]) {
        for (const [place] of scene.axes[along].ticks) {
          const a = corner(-1, -1), b = corner(1, 1);
          a[along] = b[along] = place;
          line(a, b, '#dfe3e8', 1);
        }
      }
    }
    const middle = project([0, 0, 0]);
    pen.fillStyle = '#333'; pen.textBaseline = 'middle';
    for (let axis = 0; axis < 3; axis++) {
      const u = (axis + 1) % 3, v = (axis + 2) % 3, { label, ticks } = scene.axes[axis];
      const place = (s, along) => {
        const p = [0, 0, 0];
        p[u] = (s[0] * sides[u]) / 2; p[v] = (s[1] * sides[v]) / 2; p[axis] = along;
        return p;
      };
      const rate = (s) => (axis === 2 ? -project(place(s, 0))[0] : project(place(s, 0))[1]);
      const edge = [[far[u], -far[v]], [-far[u], far[v]]].sort((a, b) => rate(b) - rate(a))[0];
      const ends = [place(edge, -sides[axis] / 2), place(edge, sides[axis] / 2)];
      line(ends[0], ends[1], '#333', 1);
      const [a, b] = ends.map(project), length = Math.hypot(b[0] - a[0], b[1] - a[1]);
      const centre = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      let out = length > 1 ? [(b[1] - a[1]) / length, (a[0] - b[0]) / length] : [0, 1];
      if (out[0] * (centre[0] - middle[0]) + out[1] * (centre[1] - middle[1]) < 0) out = out.map((c) => -c);
      pen.textAlign = out[0] > 0.5 ? 'left' : out[0] < -0.5 ? 'right' : 'center';
      pen.font = '11px Helvetica, Arial, sans-serif';
      if (length > 40) {
        for (const [along, text] of ticks) {
          const p = project(place(edge, along));
          pen.fillText(text, p[0] + 9 * out[0], p[1] + 11 * out[1]);
        }
      }
      const widest = length > 40 ? Math.max(0, ...ticks.map(([, text]) => pen.measureText(text).width)) : 0;
      pen.font = '13px Helvetica, Arial, sans-serif';
      pen.fillText(label, centre[0] + (16 + widest) * out[0], centre[1] + (28 + 0 * widest) * out[1]);
    }
  };

  // ---- hands
  let asked = false;
  const again = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };
  const turn = (dx, dy) => {
    azimuth -= dx;
    elevation = Math.max(-90, Math.min(90, elevation + dy));
    again();
  };
  const magnify = (factor) => { zoom = Math.max(0.3, Math.min(12, zoom * factor)); again(); };
  const fingers = new Map();
  front.addEventListener('pointerdown', (e) => {
    fingers.set(e.pointerId, [e.clientX, e.clientY]);
    front.setPointerCapture(e.pointerId);
    front.style.cursor = 'grabbing';
  });
  front.addEventListener('pointermove', (e) => {
    const before = fingers.get(e.pointerId);
    if (!before) return;
    const now = [e.clientX, e.clientY];
    if (fingers.size === 1) turn((now[0] - before[0]) * 0.5, (now[1] - before[1]) * 0.5);
    else {
      const other = [...fingers].find(([id]) => id !== e.pointerId)[1];
      const gap = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      magnify(gap(now) / (gap(before) || 1));
    }
    fingers.set(e.pointerId, now);
  });
  for (const name of ['pointerup', 'pointercancel']) {
    front.addEventListener(name, (e) => { fingers.delete(e.pointerId); front.style.cursor = 'grab'; });
  }
  // A wheel scrolls the page unless the figure was clicked before, or Ctrl is held.
  front.addEventListener('wheel', (e) => {
    if (!e.ctrlKey && document.activeElement !== front) return;
    e.preventDefault();
    magnify(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0015)));
  }, { passive: false });
  front.addEventListener('dblclick', () => { home(); again(); });
  front.addEventListener('keydown', (e) => {
    const act = {
      ArrowLeft: () => turn(-5, 0), ArrowRight: () => turn(5, 0), ArrowUp: () => turn(0, -5),
      ArrowDown: () => turn(0, 5), '+': () => magnify(1.15), '-': () => magnify(1 / 1.15),
      Home: () => { home(); again(); },
    }[e.key];
    if (act) { e.preventDefault(); act(); }
  });
  front.addEventListener('webglcontextlost', (e) => { e.preventDefault(); stage.replaceChildren(still); });
  front.tabIndex = 0;
  front.style.cursor = 'grab';
  front.style.touchAction = 'none';
  front.setAttribute('role', 'img');
  front.setAttribute('aria-label', scene.label + '. Drag or use the arrow keys to turn, + and - to zoom.');
  const still = stage.firstElementChild;
  draw();
  stage.replaceChildren(back, front);
  draw();
  new ResizeObserver(again).observe(stage);
})
`.trim();
