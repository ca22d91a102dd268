"""Every limit of the spreadsheet reader, with its unit. A file past one of them is refused, never cut silently."""

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_UNZIPPED_BYTES = 64 * 1024 * 1024  # all parts of an .xlsx together
MAX_ENTRY_RATIO = 200  # unzipped to zipped, for one part above RATIO_FREE_BYTES; real sheets stay under 50
RATIO_FREE_BYTES = 1024 * 1024
MAX_ZIP_ENTRIES = 1_000
MAX_SMALL_PART_BYTES = 4 * 1024 * 1024  # parts that openpyxl reads as a whole: styles, workbook, relations
MAX_XML_ELEMENTS = 4_000_000  # all parts together; 20,000 rows of 50 cells have about 2,000,000
MAX_XML_DEPTH = 64
MAX_CELLS_IN_ROW = 16_384  # Excel's own limit; more can only be an attack
MAX_SHEETS = 20
MAX_ROWS = 20_000  # rows with something in them, all sheets together
MAX_ROW_NUMBER = 1_048_576  # Excel's own limit
MAX_COLUMNS = 200
MAX_CELL_CHARS = 2_000

MAX_HEADING_CHARS = 200
MAX_FILENAME_CHARS = 200
MAX_SHOWN_CHARS = 80  # of a value inside a problem or a sample
MAX_SAMPLES = 5  # values shown for one column
HEADER_SEARCH_ROWS = 30  # non-blank rows in which the headings are looked for
HEADER_SEARCH_CELLS = 60  # of one such row
GUESS_ROWS = 200  # rows whose values take part in a guess
GUESS_VALUES = 50  # different values of one column that take part in a guess

MAX_PROBLEMS = 20_000  # listed ones; the rest is counted
MAX_TROUBLES_IN_CELL = (
    5  # pieces of one cell that are looked up and named; after them only what is known exactly is taken
)
MAX_LOOKED_UP_CHARS = 120  # of a piece that is compared with all areas, options or languages
MAX_POPULAR_DOMAINS = 200  # of one sheet, with which a rare domain is compared
MAX_NAME_CHARS = 120
MAX_TEXT_CHARS = MAX_CELL_CHARS
MAX_AREAS_PER_PERSON = 20
MAX_LANGUAGES_PER_PERSON = 12
MAX_YEARS = 70
MAX_CAPACITY_PEOPLE = 20
MAX_PLEDGE_HOURS_PER_MONTH = 100
