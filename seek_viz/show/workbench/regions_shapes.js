// A grid of picks -> shapes to draw: the area of each token, the borders between them, and room for names.

/** A name needs this many cells between it and the next border. */
const LEAST_SPACE = 2;

/**
 * @param {number[]} runs   how many cells, which token, how many, ..., row by row from the bottom
 * @param {number} size     rows and columns
 * @returns {{picks: number[][], fills: string[], borders: string}}   SVG paths in cells, rows from the top
 */
export function shapesOf(runs, size) {
  const flat = [];
  for (let i = 0; i < runs.length; i += 2) for (let n = 0; n < runs[i]; n++) flat.push(runs[i + 1]);
  const picks = Array.from({ length: size }, (_, row) => flat.slice((size - 1 - row) * size, (size - row) * size));
  const fills = Array.from({ length: Math.max(...flat) + 1 }, () => "");
  let borders = "";
  picks.forEach((tokens, row) => {
    for (let start = 0, end = 1; end <= size; end++) {
      if (tokens[end] === tokens[start]) continue;
      fills[tokens[start]] += `M${start} ${row}h${end - start}v1H${start}z`;
      if (end < size) borders += `M${end} ${row}v1`;
      start = end;
    }
    tokens.forEach((token, column) => {
      if (row && picks[row - 1][column] !== token) borders += `M${column} ${row}h1`;
    });
  });
  return { picks, fills, borders };
}

/**
 * Where each token's name has most room: far from borders and from the points of the path.
 *
 * @param {number[][]} picks   token of each cell, rows from the top
 * @param {number} size
 * @param {{x: number, y: number}[]} points   of the path, from 0 to 1, y upwards
 * @returns {{token: number, x: number, y: number}[]}   from 0 to 1, y downwards; tokens without room have none
 */
export function placesFor(picks, size, points) {
  const cell = (share) => Math.min(size - 1, Math.floor(share * size));
  const taken = new Set(points.map(({ x, y }) => cell(1 - y) * size + cell(x)));
  const room = picks.map((tokens) => tokens.map(() => size));
  const narrow = (row, column, way) => {
    const near = [
      [row - way, column],
      [row, column - way],
    ].map(([r, c]) => (picks[r]?.[c] === picks[row][column] ? room[r][c] : 0));
    room[row][column] = taken.has(row * size + column) ? 0 : Math.min(room[row][column], 1 + Math.min(...near));
  };
  for (let i = 0; i < size * size; i++) narrow(Math.floor(i / size), i % size, 1);
  for (let i = size * size - 1; i >= 0; i--) narrow(Math.floor(i / size), i % size, -1);
  const best = new Map();
  room.forEach((cells, row) =>
    cells.forEach((space, column) => {
      const token = picks[row][column];
      if (space > LEAST_SPACE && space > (best.get(token)?.space ?? 0)) best.set(token, { space, row, column });
    }),
  );
  return [...best].map(([token, { row, column }]) => ({ token, x: (column + 0.5) / size, y: (row + 0.5) / size }));
}
