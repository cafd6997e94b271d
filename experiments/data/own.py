"""Images of one's own, by path: folders of class folders, Hugging Face's save_to_disk, Parquet, CSV.

Whatever the layout, it becomes a table of rows (`Rows`): an image each (a file, or its bytes), a label and an attribute as
they are written there, and what an error calls the row. Classes are numbered by the sorted names of the training split.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from contrastive_claims.experiments.data.attributes import attributes_of, table_beside
from contrastive_claims.experiments.data.csv_lines import csv_lines
from contrastive_claims.experiments.data.pixels import Notes, as_array, fitted, open_image, said
from contrastive_claims.experiments.data.sources import Dataset, dataset

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".webp", ".gif", ".jfif")
SPLITS = {"train": ("train", "training"), "test": ("test", "testing"), "validation": ("validation", "valid", "val")}
GUESSES = {
    "image": ("image", "img", "path", "file", "file_name", "filename"),
    "label": ("label", "labels", "class", "target"),
}
BLOCK = 256
LISTED = 8  # values and groups that a line tells of


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a table: "" for image and label means the usual ones, for attribute none. table: the file of
    attributes that goes with class folders, "" for the only CSV or TSV in their folder."""

    image: str = ""
    label: str = ""
    attribute: str = ""
    table: str = ""


@dataclass
class Rows:
    """One split. images: files or encoded bytes; labels, attributes: as written (None: not there); names: for errors."""

    images: list[Path | bytes | None] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)
    attributes: list[Any] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, image: Path | bytes | None, label: Any, attribute: Any, name: str) -> None:
        self.images.append(image)
        self.labels.append(label)
        self.attributes.append(attribute)
        self.names.append(name)


def own_sets_at(
    path: Path,
    columns: Columns = Columns(),
    *,
    size: int = 0,
    fit: str = "crop",
    skip_corrupt: bool = False,
    tell: Callable[[str], None] = lambda message: None,
) -> dict[str, Dataset]:
    """The splits at `path`, "train" and, where there is one, "test", as sets of one shape, class and attribute numbering.

    size: side of the images in pixels, 0 for images that all have one size; `fit` as in `pixels.fitted`. Grey if all images
    are, else colour. skip_corrupt: images that cannot be read are left out and counted, not refused. tell: what was done.

    Raises ValueError naming file, row or column: nothing there, another layout, a column that is missing or may be either of
    two, an image that cannot be read, a row without label, one class only, a test class without training images, another size.
    """
    found = rows_at(path, columns, tell)
    train = found["train"]
    classes = numbered(train.labels, train.names, columns.label or "label")
    if len(classes) < 2:
        raise ValueError(f"{path}: one class only ({next(iter(classes), 'none')}); a contrastive loss needs two")
    for name, row in zip(found["test"].labels, found["test"].names, strict=True) if "test" in found else ():
        if str(name) not in classes:
            raise ValueError(f"{row}: the class {name!r} has no training image")
    everyone = [row for rows in found.values() for row in rows.attributes]
    named = [name for rows in found.values() for name in rows.names]
    attributes = numbered(everyone, named, columns.attribute) if columns.attribute else None
    if attributes:
        tell(seen_often(train, columns.attribute, attributes))
    notes, corrupt = Notes(), []
    decoded = {split: decode(rows, size, fit, skip_corrupt, notes, corrupt) for split, rows in found.items()}
    if corrupt:
        tell(f"skipped {len(corrupt)} corrupt image{'s' if len(corrupt) > 1 else ''}: {corrupt[0]}")
    for line in said(notes, sum(len(rows.names) for rows in found.values()) - len(corrupt)):
        tell(line)
    kept = {split: [image for image in images if image is not None] for split, images in decoded.items()}
    if not all(kept.values()):
        raise ValueError(f"{path}: no image of it can be read ({corrupt[0]})")
    channels = 3 if any(len(image) == 3 for images in kept.values() for image in images) else 1
    sets = {}
    for split, rows in found.items():
        chosen = [k for k, image in enumerate(decoded[split]) if image is not None]
        images = np.empty((len(chosen), channels, *kept[split][0].shape[1:]), np.uint8)
        for place, image in enumerate(kept[split]):
            images[place] = image  # grey is repeated over the channels
        labels = np.array([classes[str(rows.labels[k])] for k in chosen], np.int64)
        bias = None if attributes is None else np.array([attributes[str(rows.attributes[k])] for k in chosen], np.int64)
        sets[split] = dataset(path.name, images, labels, bias, classes=tuple(classes))
    if absent := set(range(len(classes))) - set(sets["train"].labels.tolist()):
        raise ValueError(f"{path}: no image of the class {sorted(classes)[min(absent)]!r} can be read")
    return sets


def rows_at(path: Path, columns: Columns, tell: Callable[[str], None]) -> dict[str, Rows]:
    """The splits at `path` as rows, whatever its layout: "train" and perhaps "test", which is the validation split where
    there is no other. Raises ValueError where there is no layout that is known."""
    found = _read(path, columns, tell)
    if "validation" in found:
        validation = found.pop("validation")
        if "test" in found:
            tell(f"left out the validation split, {len(validation.names)} images: there is a test split")
        else:
            found["test"] = validation
    return found


def _read(path: Path, columns: Columns, tell: Callable[[str], None]) -> dict[str, Rows]:
    if not path.exists():
        raise ValueError(f"{path}: there is nothing of this name")
    if columns.table and path.is_dir():
        return folder_rows(path, columns, tell)
    if columns.table:
        raise ValueError(f"data.table belongs to class folders, and {path} is a table itself")
    if path.is_file():
        readers = {".parquet": parquet_rows, ".csv": csv_rows, ".tsv": csv_rows, ".arrow": arrow_rows}
        if path.suffix.lower() not in readers:
            raise ValueError(f"{path}: neither a folder nor a .parquet, .csv, .tsv or .arrow file")
        return readers[path.suffix.lower()]([path], columns)
    if (path / "dataset_dict.json").is_file() or (path / "state.json").is_file():
        return saved_rows(path, columns)
    tables = sorted(file for file in path.rglob("*.parquet") if file.is_file())
    if tables:
        return _by_split(tables, path, lambda files: parquet_rows(files, columns))
    for kind in ("csv", "tsv"):
        listed = sorted(file for file in path.glob(f"*.{kind}"))
        if listed and not _image_folders(path):
            return _by_split(listed, path, lambda files: csv_rows(files, columns))
    return folder_rows(path, columns, tell)


def folder_rows(path: Path, columns: Columns, tell: Callable[[str], None]) -> dict[str, Rows]:
    """Class folders, as torchvision's ImageFolder reads them (at any depth below a class), or folders train and test of them.
    Attributes are those of a table (`experiments.data.attributes`). What is no image by its name is left out, and told."""
    if columns.table and not columns.attribute:
        raise ValueError(f"data.table={columns.table}: which column of it? Say --set data.bias=COLUMN")
    table = None if not columns.attribute else Path(columns.table) if columns.table else table_beside(path)
    splits = {
        split: next((path / name for name in names if (path / name).is_dir()), None) for split, names in SPLITS.items()
    }
    roots = {"train": path} if splits["train"] is None else {k: folder for k, folder in splits.items() if folder}
    found, others = {}, []
    for split, root in roots.items():
        rows = Rows()
        for folder in _folders(root):
            files = sorted(file for file in folder.rglob("*") if file.is_file() and not _hidden(file, folder))
            images = [file for file in files if file.suffix.lower() in SUFFIXES]
            others += [file for file in files if file.suffix.lower() not in SUFFIXES]
            if not images:
                raise ValueError(f"{folder}: holds no image ({', '.join(SUFFIXES)})")
            for file in images:
                rows.add(file, folder.name, None, str(file))
        if not rows.images:
            raise ValueError(f"{root}: no class folders with images in it, and no .parquet, .csv or saved data set")
        found[split] = rows
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        tell(f"left out what is no image by its name: {others[0]}{more}")
    if table is not None:
        every = [file for rows in found.values() for file in rows.images if isinstance(file, Path)]
        known = iter(
            attributes_of(
                every, [path, *roots.values()], table, columns.attribute, partial(_named_files, columns, table)
            )
        )
        for rows in found.values():
            rows.attributes = [next(known) for _ in rows.images]
    return found


def _named_files(columns: Columns, table: Path, names: Sequence[str]) -> str:
    """The column of file names."""
    return choose(Columns(columns.image, label=names[0]), names, table, {}).image


def csv_rows(files: Sequence[Path], columns: Columns) -> dict[str, Rows]:
    """A CSV (comma or semicolon) or TSV with a header: image files relative to it, labels, attributes. A column "split"
    tells the splits apart."""
    found: dict[str, Rows] = {}
    for path in files:
        names, lines = csv_lines(path)
        chosen = choose(columns, names, path, {})
        for where, row in lines:
            split = _split_of(row["split"], where) if "split" in names else "train"
            if not row[chosen.image]:
                raise ValueError(f"{where}: no file name in {chosen.image!r}")
            image = path.parent / row[chosen.image]
            attribute = row[chosen.attribute] if chosen.attribute else None
            found.setdefault(split, Rows()).add(image, row[chosen.label], attribute, f"{where} ({image})")
    return _trained(found, files)


def parquet_rows(files: Sequence[Path], columns: Columns) -> dict[str, Rows]:
    """Parquet files as one split ("split" columns tell splits apart): a column of images (Hugging Face's struct of bytes and
    path, binary, or file names relative to the file), one of labels (integers, names; ClassLabel names are read)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[str, Rows] = {}
    for path in files:
        try:
            file = pq.ParquetFile(path)
            _table_rows(path, file.schema_arrow, file.iter_batches(BLOCK), columns, found, "train")
        except (OSError, pa.ArrowException) as error:
            raise ValueError(f"{path}: not a readable parquet file ({_line(error)})") from error
    return _trained(found, files)


def arrow_rows(files: Sequence[Path], columns: Columns, split: str = "train") -> dict[str, Rows]:
    """Arrow files as `datasets` writes them (streams; the file format too)."""
    import pyarrow as pa

    found: dict[str, Rows] = {}
    for path in files:
        try:
            with pa.memory_map(str(path)) as source:
                try:
                    reader = pa.ipc.open_stream(source)
                    batches: Iterable[Any] = reader
                except pa.ArrowInvalid:
                    reader = pa.ipc.open_file(source)
                    batches = [reader.get_batch(k) for k in range(reader.num_record_batches)]
                _table_rows(path, reader.schema, batches, columns, found, split)
        except (OSError, pa.ArrowException) as error:
            raise ValueError(f"{path}: not a readable Arrow file ({_line(error)})") from error
    return _trained(found, files) if split == "train" else found


def saved_rows(path: Path, columns: Columns) -> dict[str, Rows]:
    """What `datasets`' save_to_disk wrote: a Dataset, or a DatasetDict of splits."""
    whole = path / "dataset_dict.json"
    names = [""] if not whole.is_file() else _json(whole).get("splits", [])
    found: dict[str, Rows] = {}
    for name in names:
        folder = path / name
        state = _json(folder / "state.json")
        files = [folder / str(entry.get("filename")) for entry in state.get("_data_files", [])]
        if any(file.parent != folder or not file.is_file() for file in files) or not files:
            raise ValueError(f"{folder / 'state.json'}: names a data file that is not in its folder")
        split = _split_of(name, str(folder)) if name else "train"
        found |= arrow_rows(files, columns, split)
    return _trained(found, [path])


def choose(columns: Columns, names: Sequence[str], path: Path, kinds: dict[str, str]) -> Columns:
    """The columns that are meant. kinds: of columns that can only hold images. Raises ValueError with the names there are."""
    made = {}
    for what in ("image", "label", "attribute"):
        key = "bias" if what == "attribute" else what
        asked = getattr(columns, what)
        if asked:
            if asked not in names:
                raise ValueError(f"{path}: data.{key}={asked}: no such column; there are {', '.join(names)}")
            made[what] = asked
            continue
        if what == "attribute":
            made[what] = ""
            continue
        near = [name for name in names if name.lower() in GUESSES[what]]
        if what == "image" and not near:
            near = [name for name in names if kinds.get(name) == "image"]
        if len(near) != 1:
            which = "which of the columns" if near else "no column is called so; which of"
            listed = ", ".join(near or names)
            raise ValueError(f"{path}: {which} {listed} holds the {what}s? Say --set data.{key}=NAME")
        made[what] = near[0]
    return Columns(**made)


def numbered(values: Sequence[Any], names: Sequence[str], column: str) -> dict[str, int]:
    """Numbers of the values that occur, sorted: whole numbers by size, else by name. Raises ValueError for a row without."""
    for value, row in zip(values, names, strict=True):
        if value is None or value == "" or value != value:
            raise ValueError(f"{row}: no value in {column!r}")
    texts = {str(value) for value in values}
    whole = all(text.removeprefix("-").isdecimal() for text in texts)
    return {text: k for k, text in enumerate(sorted(texts, key=int if whole else str))}


def seen_often(train: Rows, column: str, numbers: dict[str, int]) -> str:
    """What the attribute's numbers mean and how large the smallest groups (class, attribute) of the training split are, in a
    line. Raises ValueError for a value that one training image alone has: nothing can be compared with it."""
    for value, count in Counter(map(str, train.attributes)).items():
        if count == 1:
            row = train.names[[str(given) for given in train.attributes].index(value)]
            raise ValueError(
                f"{row}: the only training image with the value {value!r} of {column!r}; a value needs two"
            )
    groups = Counter(zip(map(str, train.labels), map(str, train.attributes), strict=True))
    smallest = sorted(groups.items(), key=lambda item: (item[1], item[0]))[:LISTED]
    meant = ", ".join(f"{number} {value}" for value, number in list(numbers.items())[:LISTED])
    sizes = ", ".join(f"{label} {value} {count}" for (label, value), count in smallest)
    return (
        f"{column}: {meant}{', ...' if len(numbers) > LISTED else ''}; smallest groups of the training images: {sizes}"
    )


def decode(
    rows: Rows, size: int, fit: str, skip_corrupt: bool, notes: Notes, corrupt: list[str]
) -> list[np.ndarray | None]:
    """The images [1 or 3, H, W] of one split, None for one that is corrupt where these are skipped."""
    first: tuple[tuple[int, int], str] | None = None

    def one(place: int) -> tuple[np.ndarray | None, Notes, str]:
        mine, image = Notes(), rows.images[place]
        try:
            if image is None:
                raise ValueError(f"{rows.names[place]}: holds no image")
            opened = open_image(image, rows.names[place], mine)
            return as_array(fitted(opened, size, fit) if size else opened, 1), mine, ""
        except ValueError as error:
            return None, mine, str(error)

    images: list[np.ndarray | None] = []
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(rows.images), 16 * BLOCK):  # in stretches: an error stops the rest
            for made, mine, fault in pool.map(one, range(start, min(start + 16 * BLOCK, len(rows.images)))):
                if fault and not skip_corrupt:
                    raise ValueError(f"{fault}; --skip-corrupt leaves such images out, and counts them")
                corrupt += [fault] if fault else []
                notes.update(mine)
                name = rows.names[len(images)]
                images.append(made)
                if made is None:
                    continue
                first = first or (made.shape[1:], name)
                if made.shape[1:] != first[0]:
                    (high, wide), (h, w) = made.shape[1:], first[0]
                    raise ValueError(
                        f"{name}: {wide} x {high} pixels, but {first[1]} has {w} x {h}; --set data.size=64 makes all one size"
                    )
    return images


def _table_rows(
    path: Path, schema: Any, batches: Iterable[Any], columns: Columns, found: dict[str, Rows], default: str
) -> None:
    """Add an Arrow table's rows to the splits `found`."""
    import pyarrow as pa

    kinds = {f.name: "image" for f in schema if pa.types.is_struct(f.type) or pa.types.is_binary(f.type)}
    chosen = choose(columns, schema.names, path, kinds)
    class_names = _class_names(schema, chosen.label)
    attribute_names = _class_names(schema, chosen.attribute)
    number = 0
    for batch in batches:
        table = {name: batch.column(name).to_pylist() for name in {chosen.image, chosen.label, chosen.attribute} - {""}}
        splits = batch.column("split").to_pylist() if "split" in schema.names else [None] * batch.num_rows
        for k in range(batch.num_rows):
            where = f"{path}, row {number}"
            split = _split_of(splits[k], where) if splits[k] is not None else default
            label = _named(table[chosen.label][k], class_names, where, chosen.label)
            attribute = (
                _named(table[chosen.attribute][k], attribute_names, where, chosen.attribute)
                if chosen.attribute
                else None
            )
            image = _image_of(table[chosen.image][k], path, where, chosen.image)
            found.setdefault(split, Rows()).add(image, label, attribute, where)
            number += 1


def _image_of(value: Any, path: Path, where: str, column: str) -> Path | bytes | None:
    if isinstance(value, dict):
        if value.get("bytes") is not None:
            return value["bytes"]
        value = value.get("path")
    if value is None or isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{where}: {column!r} holds {type(value).__name__}, no encoded image and no file name")
    return path.parent / value


def _named(value: Any, names: Sequence[str] | None, where: str, column: str) -> Any:
    """A label by its name, where the table tells names."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas makes floats of a column with gaps
    if isinstance(value, float | dict | list | bytes) and value == value:
        raise ValueError(f"{where}: {column!r} holds {value!r}, neither a whole number nor a name")
    if names is None or value is None or not isinstance(value, int):
        return value
    if not 0 <= value < len(names):
        raise ValueError(f"{where}: {column!r} holds {value}, but names {len(names)} classes")
    return names[value]


def _class_names(schema: Any, column: str) -> Sequence[str] | None:
    """The names that Hugging Face's ClassLabel feature gives the numbers of a column, None without."""
    content = (schema.metadata or {}).get(b"huggingface")
    try:
        names = json.loads(content)["info"]["features"][column]["names"] if content else None
    except (ValueError, KeyError, TypeError):
        return None
    return names if isinstance(names, list) and len(set(names)) == len(names) else None


def _by_split(files: Sequence[Path], root: Path, read: Callable[[list[Path]], dict[str, Rows]]) -> dict[str, Rows]:
    """Files told apart by the name of a split at the beginning of theirs or their folder's (train-00000-of-00002.parquet)."""
    groups: dict[str, list[Path]] = {}
    for file in files:
        words = [file.relative_to(root).parts[0].lower(), file.stem.lower()]
        named = [
            split
            for split, names in SPLITS.items()
            if any(
                word == name or word.startswith((f"{name}-", f"{name}_", f"{name}."))
                for word in words
                for name in names
            )
        ]
        groups.setdefault(named[0] if named else "", []).append(file)
    if "" in groups and len(groups) > 1:
        raise ValueError(f"{groups[''][0]}: neither train nor test by its name, beside files that are")
    if "" in groups:
        return read(groups[""])
    found: dict[str, Rows] = {}
    for split, group in groups.items():
        found[split] = read(group)["train"]
    return _trained(found, files)


def _trained(found: dict[str, Rows], files: Sequence[Path]) -> dict[str, Rows]:
    if not found.get("train"):
        raise ValueError(f"{files[0]}: holds no training rows")
    return found


def _split_of(value: Any, where: str) -> str:
    for split, names in SPLITS.items():
        if str(value).lower() in names:
            return split
    raise ValueError(f"{where}: the split {value!r} is neither train nor test nor validation")


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: unreadable ({_line(error)})") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: not what save_to_disk writes")
    return content


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _image_folders(root: Path) -> bool:
    return any(
        file.suffix.lower() in SUFFIXES
        for folder in _folders(root)
        if folder.name != "images"
        for file in folder.rglob("*")
    )


def _hidden(file: Path, under: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(under).parts)


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
