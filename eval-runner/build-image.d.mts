/** Writes the image's files into a folder, by default dist/image, and returns that folder. */
export function buildImage(folder?: string): Promise<string>;
