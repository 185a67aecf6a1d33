/** For names and codes of ours, which are plain and compared byte by byte. */
export const KEY_TEXT = 'CHARACTER SET ascii COLLATE ascii_bin';

export const TABLE_OPTIONS = 'ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';
