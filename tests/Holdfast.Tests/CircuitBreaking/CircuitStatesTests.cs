using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

public class CircuitStatesTests
{
    [Theory]
    [InlineData(CircuitState.Closed, "closed")]
    [InlineData(CircuitState.HalfOpen, "half_open")]
    [InlineData(CircuitState.Open, "open")]
    [InlineData(CircuitState.Isolated, "isolated")]
    public void Each_state_has_its_word(CircuitState state, string word) => Assert.Equal(word, state.Word());

    [Fact]
    public void Refuses_what_is_no_state() =>
        Assert.Throws<ArgumentOutOfRangeException>("state", () => ((CircuitState)99).Word());
}
