namespace Holdfast.Admission;

/// <summary>What order a heap keeps, and where an item remembers its own place in it.</summary>
internal interface IHeapOrder<T>
{
    static abstract bool IsBefore(T one, T other);

    static abstract ref int Index(T item);
}

/// <summary>
/// A binary heap whose items know where they are, so that one which leaves early is taken out in the time that taking
/// the first takes. A queue that only marked them would fill up with callers who have long gone.
/// </summary>
internal sealed class IndexedHeap<T, TOrder>
    where T : class
    where TOrder : IHeapOrder<T>
{
    private T[] _items = [];

    public int Count { get; private set; }

    public T? First => Count == 0 ? null : _items[0];

    public void Add(T item)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(16, Count * 2));
        Up(Count++, item);
    }

    public void Remove(T item)
    {
        var hole = TOrder.Index(item);
        var last = _items[--Count];
        _items[Count] = null!;
        TOrder.Index(item) = -1;
        if (ReferenceEquals(last, item))
            return;
        if (hole > 0 && TOrder.IsBefore(last, _items[(hole - 1) / 2]))
            Up(hole, last);
        else
            Down(hole, last);
    }

    private void Up(int hole, T item)
    {
        while (hole > 0)
        {
            var above = (hole - 1) / 2;
            if (!TOrder.IsBefore(item, _items[above]))
                break;
            Put(hole, _items[above]);
            hole = above;
        }

        Put(hole, item);
    }

    private void Down(int hole, T item)
    {
        while (true)
        {
            var below = (2 * hole) + 1;
            if (below >= Count)
                break;
            if (below + 1 < Count && TOrder.IsBefore(_items[below + 1], _items[below]))
                below++;
            if (!TOrder.IsBefore(_items[below], item))
                break;
            Put(hole, _items[below]);
            hole = below;
        }

        Put(hole, item);
    }

    private void Put(int at, T item)
    {
        _items[at] = item;
        TOrder.Index(item) = at;
    }
}
