using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

public sealed class IndexedHeapTests
{
    private readonly IndexedHeap<Item, Item.ByValue> _heap = new();

    // Each of these is put where it stands: no item is before the one above it, at half of its place.
    private readonly Item[] _items =
        [.. new[] { 1, 20, 2, 30, 31, 3, 4, 40, 41, 42, 43, 5, 6, 7, 8 }.Select(value => new Item(value))];

    public IndexedHeapTests()
    {
        foreach (var item in _items)
            _heap.Add(item);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(14)]
    public void The_others_keep_their_order_whichever_leaves(int at)
    {
        _heap.Remove(_items[at]);

        // The last one is moved into the gap, and may belong above it.
        Assert.Equal(_items.Select(item => item.Value).Where((_, i) => i != at).Order(), TakeAll());
    }

    [Fact]
    public void Who_has_left_has_no_place()
    {
        _heap.Remove(_items[14]);
        _heap.Remove(_items[0]);

        Assert.Equal((-1, -1), (_items[14].Index, _items[0].Index));
    }

    private List<int> TakeAll()
    {
        var taken = new List<int>();
        while (_heap.First is { } first)
        {
            taken.Add(first.Value);
            _heap.Remove(first);
        }

        return taken;
    }

    private sealed class Item(int value)
    {
        private int _index;

        public int Value => value;

        public int Index => _index;

        internal readonly struct ByValue : IHeapOrder<Item>
        {
            public static bool IsBefore(Item one, Item other) => one.Value < other.Value;

            public static ref int Index(Item item) => ref item._index;
        }
    }
}
