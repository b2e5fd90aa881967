"""A second and a third adult within walking distance, agreed on before anybody needs them."""
